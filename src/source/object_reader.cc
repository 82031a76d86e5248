#include "source/object_reader.h"

#include <fmt/format.h>
#include <google/protobuf/message.h>

#include <algorithm>

#include "source/duration.h"
#include "source/names.h"
#include "source/proto_reader.h"
#include "source/refused_policy.h"
#include "source/validate.h"

namespace amime::source {
namespace {

using base::Tree;
using mesh::Object;

constexpr std::string_view kDefaultNamespace = "default";

void read_created(FieldReader& metadata, Object& object) {
  std::string text;
  metadata.read("creationTimestamp", text);
  if (text.empty()) return;
  if (const auto seconds = parse_timestamp(text)) {
    object.created = *seconds;
  } else {
    metadata.error("creationTimestamp", fmt::format("expected a time such as 2024-02-01T10:00:00Z, found \"{}\"", text));
  }
}

void read_name(FieldReader& metadata, const KindInfo& info, Object& object) {
  metadata.read("name", object.key.name);
  if (info.namespaced) {
    object.key.ns = kDefaultNamespace;
    metadata.read("namespace", object.key.ns);
    if (!is_dns_label(object.key.ns)) metadata.error("namespace", fmt::format("\"{}\" is not a DNS label (a-z, 0-9, -)", object.key.ns));
  }
  if (object.key.name.empty()) {
    metadata.error("name", "is required");
  } else if (!is_dns_name(object.key.name)) {
    metadata.error("name", fmt::format("\"{}\" is not a DNS name (a-z, 0-9, - and .)", object.key.name));
  }
}

void read_metadata(FieldReader& reader, const KindInfo& info, Object& object) {
  reader.read("apiVersion", object.api_version);
  reader.in("metadata", [&](FieldReader& metadata) {
    read_name(metadata, info, object);
    metadata.read("labels", object.labels);
    metadata.read("annotations", object.annotations);
    metadata.read("resourceVersion", object.resource_version);
    read_created(metadata, object);
  });
}

void check_top_fields(const Tree& tree, Errors& errors) {
  static const std::vector<std::string> kFields = {"apiVersion", "kind", "metadata", "spec", "status"};
  for (const auto& entry : tree.entries()) {
    if (std::find(kFields.begin(), kFields.end(), entry.key) != kFields.end()) continue;
    const std::string near = did_you_mean(entry.key, kFields);
    errors.add(Path() / entry.key,
               near.empty() ? "unknown field; does it belong under spec?" : fmt::format("unknown field; did you mean {}?", near));
  }
}

mesh::Payload read_spec(const Tree& tree, const KindInfo& info, Path& at, Errors& errors) {
  check_top_fields(tree, errors);
  auto spec = info.make_spec();
  PathStep step(at, std::string_view("spec"));
  const Tree& value = tree["spec"];
  if (!value.is_null()) read_message(value, at, *spec, errors);
  return mesh::ProtoSpec(std::move(spec));
}

}  // namespace

void append_problems(std::vector<Problem> problems, const std::string& file, const mesh::ObjectKey* key, ParsedFile& out) {
  for (Problem& problem : problems) {
    problem.file = file;
    if (key) problem.key = *key;
    out.problems.push_back(std::move(problem));
  }
}

void read_object(const Tree& tree, const KindInfo& info, const std::string& file, const ParseOptions& options, ParsedFile& out) {
  Errors errors(tree);
  Path at;
  FieldReader reader(tree, at, errors);
  auto object = std::make_shared<Object>();
  object->key.kind = info.kind;
  object->origin = {file, tree.line()};
  read_metadata(reader, info, *object);
  const bool named = !object->key.name.empty();
  object->payload = info.read ? info.read(reader) : read_spec(tree, info, at, errors);
  if (errors.ok() && options.validate) validate(*object, errors);

  ParsedObject parsed{object->key, nullptr, tree.line(), nullptr, nullptr};
  if (info.kind != mesh::Kind::kSecret) parsed.json = std::make_shared<const std::string>(base::to_json(tree));
  if (errors.ok()) {
    object->digest = mesh::object_digest(*object);
    parsed.object = std::move(object);
  } else {
    parsed.stand_in = refused_policy(*object, errors.problems());
  }
  append_problems(errors.take(), file, &parsed.key, out);
  if (!named) {
    out.complete = false;  // whose last good version this is cannot be told
    return;
  }
  out.objects.push_back(std::move(parsed));
}

}  // namespace amime::source
