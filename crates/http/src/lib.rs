//! Problems, keys, sessions, pages, OpenAPI, live streams; serves the console.
