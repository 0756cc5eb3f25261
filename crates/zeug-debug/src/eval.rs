//! Owns the console's answers.

use crate::dwarf::Program;
use crate::snapshot::Process;
use crate::system::RawFrame;
use crate::traceback::Answer;

pub(crate) fn evaluate(
    program: &Program,
    process: &Process,
    raw: &[RawFrame],
    frame: usize,
    line: &str,
) -> Result<Answer, String> {
    let _ = (program, process, raw, frame, line);
    Err("not yet".to_owned())
}
