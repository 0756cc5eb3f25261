//! A picture of a digit as the network was taught to see one: cut to its ink, in the middle of a square, 8 by 8. It refuses pictures above a million pixels.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};
use zeug::{HttpError, abort};

use crate::model::{PIXELS, Picture};

/// The largest picture, in pixels.
const MOST: u32 = 1 << 20;
/// Pixels with less than this part of the darkest one's ink do not count when the picture is cut.
const FAINT: f32 = 0.2;

/// Light on dark or dark on light, of any size.
pub(crate) fn of_png(bytes: &[u8]) -> Result<Picture, HttpError> {
    let limits = Limits { bytes: 16 << 20 };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let (width, pixels) = match grey(decoder) {
        Ok(Some(found)) => found,
        Ok(None) => abort!(413, "more than {MOST} pixels"),
        Err(error) => abort!(422, "no PNG that can be read: {error}"),
    };
    match shrunk(width, &pixels) {
        Some(picture) => Ok(picture),
        None => abort!(422, "a picture of one colour"),
    }
}

/// Its width, and how light each pixel is; `None` where there are too many.
fn grey(decoder: Decoder<Cursor<&[u8]>>) -> Result<Option<(usize, Vec<f32>)>, png::DecodingError> {
    let mut reader = decoder.read_info()?;
    let (width, height) = reader.info().size();
    if width.checked_mul(height).is_none_or(|pixels| pixels > MOST) {
        return Ok(None);
    }
    let mut bytes = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let frame = reader.next_frame(&mut bytes)?;
    let light = |pixel: &[u8]| -> f32 {
        let at = |at: usize| f32::from(pixel[at]);
        let (light, opaque) = match frame.color_type {
            ColorType::Grayscale | ColorType::Indexed => (at(0), 255.0),
            ColorType::GrayscaleAlpha => (at(0), at(1)),
            ColorType::Rgb => (0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2), 255.0),
            ColorType::Rgba => (0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2), at(3)),
        };
        // What can be seen through lies on white paper.
        255.0 - (255.0 - light) * opaque / 255.0
    };
    let bytes = bytes.get(..frame.buffer_size()).unwrap_or_default();
    let pixels = bytes.chunks_exact(frame.color_type.samples()).map(light);
    Ok(Some((width as usize, pixels.collect())))
}

/// Cut and shrunk; `None` where nothing is to be seen.
fn shrunk(width: usize, light: &[f32]) -> Option<Picture> {
    // The upper left corner is taken for the paper.
    let paper = *light.first()?;
    let ink: Vec<f32> = light.iter().map(|light| (light - paper).abs()).collect();
    let darkest = ink.iter().copied().fold(0.0, f32::max);
    if darkest < 8.0 {
        return None;
    }
    let inked = || (0..ink.len()).filter(|&at| ink[at] > darkest * FAINT);
    let (top, bottom) = (inked().next()? / width, inked().next_back()? / width);
    let left = inked().map(|at| at % width).min()?;
    let right = inked().map(|at| at % width).max()?;

    // A square around it, which may lead out of the picture.
    let side = (bottom - top + 1).max(right - left + 1);
    let from = |low: usize, high: usize| (low + high + 1) as f32 / 2.0 - side as f32 / 2.0;
    let (above, before) = (from(top, bottom), from(left, right));
    let height = ink.len() / width;
    let at = |start: f32, step: usize, end: usize| -> Option<usize> {
        let at = start + (step as f32 + 0.5) * side as f32 / STEPS as f32;
        (at >= 0.0 && at < end as f32).then_some(at as usize)
    };
    let mut picture = [0.0; PIXELS];
    for row in 0..STEPS {
        for column in 0..STEPS {
            if let (Some(y), Some(x)) = (at(above, row, height), at(before, column, width)) {
                picture[row / FINE * 8 + column / FINE] += ink[y * width + x];
            }
        }
    }
    Some(picture.map(|sum| sum / (FINE * FINE) as f32 * 16.0 / darkest))
}

/// Each of the 8 by 8 pixels is the mean of this many, in a row and in a column.
const FINE: usize = 8;
const STEPS: usize = 8 * FINE;
