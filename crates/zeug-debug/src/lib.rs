#![doc = include_str!("../README.md")]

mod capture;
mod traceback;
