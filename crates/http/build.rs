//! Makes sure that the console's folder exists, so that the program builds before the console.

fn main() {
    let dist = std::path::Path::new("../../console/dist");
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo::warning=cannot make {}: {error}", dist.display());
    }
    println!("cargo::rerun-if-changed=../../console/dist");
}
