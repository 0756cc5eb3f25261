//! Owns the meaning of SIGTERM and SIGINT: the first asks for a graceful shutdown, the second ends the process at once.

use std::io;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::Shutdown;

/// Listens for signals on a thread of its own, for the rest of the process.
pub(crate) fn listen(shutdown: Shutdown) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    thread::Builder::new()
        .name("zeug-signals".into())
        .spawn(move || {
            let mut asked = false;
            for signal in signals.forever() {
                if asked {
                    // Nothing is left to do if this fails but to go on finishing what is in flight.
                    let _ = emulate_default_handler(signal);
                }
                asked = true;
                shutdown.shutdown();
            }
        })?;
    Ok(())
}
