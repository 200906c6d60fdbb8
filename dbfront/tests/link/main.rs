//! dbfront as game meets it: a whole process in threads, a real socket, real files.

mod away;
mod game;
mod goods;
mod hand;
mod older;
mod poison;
mod poison_twice;
mod refusing;
mod rooms;
mod saved;
mod server;
mod serving;
mod spill;
mod switch;
mod term;
