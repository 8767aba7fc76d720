//! What the engine process may ask of the kernel.
pub fn enter(_library: &std::path::Path, _data: &std::path::Path) {}
