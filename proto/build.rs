//! Compiles `schema/` without protoc, and writes for each message the table by which `prescan` bounds it.

use prost::Message as _;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};
use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

const FILES: [&str; 3] = ["client.proto", "link.proto", "room.proto"];

#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script its output folder this way")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=schema");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let set = protox::compile(FILES, ["schema"])?;
    fs::write(out.join("descriptors.bin"), set.encode_to_vec())?;
    fs::write(out.join("shapes.rs"), shapes(&set)?)?;
    prost_build::Config::new().out_dir(&out).bytes(["."]).compile_fds(set)?;
    Ok(())
}

/// `impl Shaped` for every message of the set.
fn shapes(set: &FileDescriptorSet) -> Result<String, Box<dyn Error>> {
    let mut code = String::new();
    for file in &set.file {
        let package = file.package();
        for message in &file.message_type {
            shape(&mut code, package, message)?;
        }
    }
    Ok(code)
}

fn shape(code: &mut String, package: &str, message: &DescriptorProto) -> Result<(), Box<dyn Error>> {
    let module = package.rsplit('.').next().unwrap_or_default();
    let name = message.name();
    writeln!(code, "impl Shaped for crate::{module}::{name} {{")?;
    writeln!(code, "    const SHAPE: &'static Shape = &Shape {{ name: \"{name}\", fields: &[")?;
    for field in &message.field {
        let number = field.number();
        let repeated = field.label() == Label::Repeated;
        let kind = kind(package, field)?;
        writeln!(code, "        Field {{ number: {number}, repeated: {repeated}, kind: {kind} }},")?;
    }
    writeln!(code, "    ] }};\n}}")?;
    writeln!(
        code,
        "const _: () = assert!(<crate::{module}::{name} as Shaped>::SHAPE.fields.len() <= SHAPE_FIELDS_MAX);"
    )?;
    Ok(())
}

fn kind(package: &str, field: &FieldDescriptorProto) -> Result<String, Box<dyn Error>> {
    Ok(match field.r#type() {
        Type::Message => {
            let target = field.type_name();
            let local = target
                .strip_prefix(&format!(".{package}."))
                .ok_or_else(|| format!("{target} is outside {package}"))?;
            let module = package.rsplit('.').next().unwrap_or_default();
            format!("FieldKind::Message(|| <crate::{module}::{local} as Shaped>::SHAPE)")
        }
        Type::String | Type::Bytes => "FieldKind::Bytes".to_owned(),
        Type::Group => return Err("groups are not part of our protocol".into()),
        _ => "FieldKind::Scalar".to_owned(),
    })
}
