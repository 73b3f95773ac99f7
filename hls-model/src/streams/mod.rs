//! How full the queues between the layers of a streamed model get, and how deep they have to be.
//!
//! With `io_stream` each layer is a process of its own that reads tokens (the elements that travel together: all channels of a pixel) from a
//! queue and writes tokens into another. hls4ml makes every queue deep enough for a whole tensor, which is always enough and mostly far too
//! much. [`queues`] goes through the layers' loops, token by token, and says of each queue
//!
//! - how many tokens it would hold at most if nobody ever had to wait ([`Queue::highest`], what a co-simulation with very deep queues reports), and
//! - how few places are enough for the same speed ([`Queue::smallest`]).
//!
//! # What is certain and what is an estimate
//!
//! *Which* tokens a layer reads before it writes is exact: it is the order of the kernels' loops. *When* it does is an estimate: one cycle for each
//! iteration of a loop, as many as the reuse factor for one that multiplies, and a few between reading and writing. The tool's schedule
//! will be another one. But such a network does the same whatever the times are, so queues that suffice under one schedule suffice under all: **depths
//! from here cannot make the layers wait for each other for ever**. That the model is as fast as with deeper queues is what the
//! estimate says of it, and a co-simulation can tell.

mod network;
mod queue;
mod steps;

pub use queue::{Access, Queue, accesses, check, queues, shrink};

/// Why there is nothing to say about the queues of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// Layers are connected by arrays.
    #[error(
        "the layers of this model are connected by arrays, which have no depth; convert it for io_stream"
    )]
    NoStreams,
    /// Layers wait for each other for ever, although no queue is full.
    #[error("the layers would wait for each other for ever: {0}")]
    Deadlock(String),
    /// Layers wait for each other for ever, because queues are full.
    #[error(
        "with these depths of queues the layers would wait for each other for ever: {0}; give the full ones more places (FIFODepth)"
    )]
    TooShallow(String),
    /// Layers leave tokens behind, which the next sample would find.
    #[error("layer \"{reader}\" leaves {count} of the tokens of \"{queue}\" unread")]
    LeftOver {
        /// The queue.
        queue: String,
        /// The layer that should read them.
        reader: String,
        /// How many.
        count: usize,
    },
}

/// Queues for which processes wait when nothing can go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Stuck {
    /// Queues that somebody wants to read.
    empty: Vec<usize>,
    /// Queues that somebody wants to write.
    full: Vec<usize>,
}
