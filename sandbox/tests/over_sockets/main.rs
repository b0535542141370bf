//! The sandbox as its users meet it: the real binary, over real sockets.

mod command_line;
mod faults;
mod files;
mod hostile;
mod load;
mod process;
mod refusals;
mod routes;
