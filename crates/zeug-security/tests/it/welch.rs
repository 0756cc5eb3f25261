//! Whether two samples of times differ by more than chance. It takes no time itself.

/// Welch's t of two samples, the slowest tenth left out as interrupted.
pub(crate) fn welch(mut left: Vec<f64>, mut right: Vec<f64>) -> f64 {
    let moments = |sample: &mut Vec<f64>| {
        sample.sort_by(f64::total_cmp);
        sample.truncate(sample.len() * 9 / 10);
        let count = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / count;
        let variance = sample.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((left, left_error), (right, right_error)) = (moments(&mut left), moments(&mut right));
    (left - right) / (left_error + right_error).sqrt()
}
