//! Order files: CSV in any encoding, gzip or zstd, with presets.
