//! Makes a self-signed certificate and its key in the folder named by the first argument: `crt` and `key`.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("no folder given")?.into();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    std::fs::write(folder.join("crt"), made.cert.pem())?;
    std::fs::write(folder.join("key"), made.signing_key.serialize_pem())?;
    Ok(())
}
