//! `fifo`: how deep the queues between the layers of an `io_stream` model have to be: estimated for a model, or as measured by a sweep's
//! stage `fifo_opt`.

mod estimated;
mod measured;

use crate::args::FifoArgs;
use crate::error::CliError;

pub fn run(args: &FifoArgs) -> Result<(), CliError> {
    match args.path.is_dir() {
        true => measured::run(args),
        false => estimated::run(args),
    }
}
