//! The network: pictures of 8 by 8 in, a probability for each digit out. It owns how a batch is spread over threads, and knows no HTTP.

use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use rten::LoadError;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

pub(crate) const PIXELS: usize = 64;

/// 8 rows of 8 pixels; ink from 0 to 16.
pub(crate) type Picture = [f32; PIXELS];

/// Fewer pictures than this are not worth a thread.
const SHARE: usize = 256;

/// What the network says of a picture: how likely each digit is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Answer(pub(crate) [f32; 10]);

impl Answer {
    pub(crate) fn digit(&self) -> usize {
        let likely = (0..10).max_by(|&one, &other| self.0[one].total_cmp(&self.0[other]));
        likely.unwrap_or_default()
    }

    pub(crate) fn probability(&self) -> f32 {
        self.0[self.digit()]
    }
}

pub(crate) struct Model(rten::Model);

impl Model {
    pub(crate) fn new() -> Result<Self, LoadError> {
        rten::Model::load_static_slice(include_bytes!("../digits.onnx")).map(Self)
    }

    /// An answer for each picture, in their order; a large batch is read by as many threads as there are processors.
    pub(crate) fn read(&self, pictures: &[Picture]) -> io::Result<Vec<Answer>> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let share = pictures.len().div_ceil(threads).max(SHARE);
        if pictures.len() <= share {
            return self.run(pictures);
        }
        thread::scope(|scope| {
            let shares: Vec<_> = pictures
                .chunks(share)
                .map(|share| scope.spawn(|| self.run(share)))
                .collect();
            let mut answers = Vec::with_capacity(pictures.len());
            for share in shares {
                answers.extend(share.join().unwrap_or_else(|panic| resume_unwind(panic))?);
            }
            Ok(answers)
        })
    }

    fn run(&self, pictures: &[Picture]) -> io::Result<Vec<Answer>> {
        let input = NdTensor::from_data([pictures.len(), PIXELS], pictures.concat());
        let output = self.0.run_one(input.into(), None);
        let output = output.map_err(io::Error::other)?;
        let output: NdTensor<f32, 2> = output.try_into().map_err(io::Error::other)?;
        let rows = output.iter().copied().collect::<Vec<f32>>();
        let (rows, _) = rows.as_chunks();
        Ok(rows.iter().copied().map(Answer).collect())
    }
}
