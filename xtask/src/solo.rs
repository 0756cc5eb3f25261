//! `cargo xtask solo`: each crate by itself, so that nothing builds only because a neighbour switched a feature on.

use crate::run::{cargo, metadata, say, step};

/// Checks, tests' building included, and documents each published crate alone.
pub(crate) fn run(names: &[String]) -> Result<(), String> {
    let metadata = metadata()?;
    let mut checked = 0;
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let private = package["publish"].as_array().is_some_and(Vec::is_empty);
        let chosen = if names.is_empty() {
            !private
        } else {
            names.iter().any(|each| each == name)
        };
        if !chosen {
            continue;
        }
        checked += 1;
        let check = |what: &str, more: &[&str]| {
            step(
                &format!("{name} {what}"),
                cargo(["check", "--quiet", "--all-targets", "-p", name]).args(more),
            )
        };
        check("alone", &[])?;
        check("without default features", &["--no-default-features"])?;
        for feature in package["features"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(feature, _)| feature)
        {
            if feature != "default" {
                check(
                    &format!("with {feature}"),
                    &["--no-default-features", "--features", feature],
                )?;
            }
        }
        step(
            &format!("{name} docs"),
            cargo(["doc", "--quiet", "--no-deps", "-p", name]).env("RUSTDOCFLAGS", "-D warnings"),
        )?;
    }
    if checked == 0 {
        return Err(format!(
            "no crate of the workspace is called {}",
            names.join(" or ")
        ));
    }
    say(&format!("    solo: {checked} crates stand alone"));
    Ok(())
}
