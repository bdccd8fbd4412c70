//! Whole files through the public interface.

#[cfg(test)]
mod bad_files;
#[cfg(test)]
mod common;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod retail;
#[cfg(test)]
mod shops;
