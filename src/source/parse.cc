#include "source/parse.h"

#include <fmt/format.h>

#include <utility>

#include "base/hash.h"
#include "source/object_reader.h"
#include "source/refused_policy.h"

namespace amime::source {
namespace {

using base::Tree;

struct GroupVersion {
  std::string group, version;
};
GroupVersion split_api_version(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {"", text};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

class DocumentReader {
 public:
  DocumentReader(const std::string& file, const ParseOptions& options, ParsedFile& out) : file_(file), options_(options), out_(out) {}

  void document(const base::TreeDocument& document) {
    if (document.errors.empty()) return object(document.tree, {}, {});
    // What has errors of form (a key twice, for example) is not in force, but its name may be known.
    ParsedFile broken;
    if (!document.tree.is_null()) DocumentReader(file_, options_, broken).object(document.tree, {}, {});
    const auto* key = broken.objects.size() == 1 ? &broken.objects[0].key : nullptr;
    for (const auto& error : document.errors)
      append_problems({{Severity::kError, {}, error.line, {}, {}, error.message}}, file_, key, out_);
    append_problems(std::move(broken.problems), file_, key, out_);
    if (broken.objects.empty()) out_.complete = false;
    for (auto& parsed : broken.objects) {
      if (parsed.object) parsed.stand_in = refused_policy(*parsed.object, {});
      parsed.object = nullptr;
      out_.objects.push_back(std::move(parsed));
    }
  }

 private:
  // `api_version` and `kind` stand in where a typed list leaves them out of its items.
  void object(const Tree& tree, const std::string& api_version, const std::string& kind) {
    if (tree.is_null()) return;
    if (!tree.is_map()) return unreadable(tree, fmt::format("expected an object, found {}", tree.describe()));
    const std::string& own_kind = tree["kind"].text();
    const std::string& own_version = tree["apiVersion"].text();
    if (own_kind.empty() && own_version.empty() && kind.empty()) return no_object(tree);
    named(tree, own_version.empty() ? api_version : own_version, own_kind.empty() ? kind : own_kind);
  }

  void named(const Tree& tree, const std::string& api_version, const std::string& kind) {
    if (kind.empty()) return unreadable(tree, "kind: is required");
    if (api_version.empty()) return unreadable(tree, "apiVersion: is required");
    const auto [group, version] = split_api_version(api_version);
    if (const KindInfo* info = find_kind(group, kind); info && has_version(*info, version)) return known(tree, *info);
    if (kind.ends_with("List") && !tree["items"].is_null()) return list(tree, api_version, kind.substr(0, kind.size() - 4));
    ++out_.unknown_kinds[api_version + " " + kind];
  }

  void list(const Tree& tree, const std::string& api_version, const std::string& item_kind) {
    const Tree& items = tree["items"];
    if (!items.is_sequence()) return unreadable(items, fmt::format("items: expected a list, found {}", items.describe()));
    const bool typed = !item_kind.empty();
    for (const Tree& item : items.items()) object(item, typed ? api_version : std::string(), item_kind);
  }

  void known(const Tree& tree, const KindInfo& info) {
    read_object(tree, info, file_, options_, out_);
    if (info.kind == mesh::Kind::kConfigMap && options_.config_map_is_mesh_config) mesh_config(tree);
  }

  void mesh_config(const Tree& config_map) {
    const Tree& metadata = config_map["metadata"];
    if (metadata["name"].text() != "istio" || metadata["namespace"].text() != options_.root_namespace) return;
    const Tree& data = config_map["data"];
    const auto* entry = data.entry("mesh");
    if (entry && entry->value.is_scalar()) read_mesh_config_text(entry->value.text(), entry->line, file_, options_, out_);
  }

  void unreadable(const Tree& tree, std::string message) {
    append_problems({{Severity::kError, {}, tree.line(), {}, {}, std::move(message)}}, file_, nullptr, out_);
    out_.complete = false;
  }
  void no_object(const Tree& tree) {
    append_problems({{Severity::kWarning, {}, tree.line(), {}, {}, "no object of Kubernetes (neither apiVersion nor kind); ignored"}},
                    file_, nullptr, out_);
  }

  const std::string& file_;
  const ParseOptions& options_;
  ParsedFile& out_;
};

bool has_syntax_error(const std::vector<base::TreeDocument>& documents) {
  for (const auto& document : documents)
    if (document.tree.is_null() && !document.errors.empty()) return true;
  return false;
}

bool is_json(std::string_view text, const std::string& file) { return base::looks_like_json(text) && file.ends_with(".json"); }

// Reads the documents of `text`, whose first line is `line` of the file.
ParsedFile read_part(std::string_view text, int line, const std::string& file, const ParseOptions& options) {
  ParsedFile out;
  DocumentReader reader(file, options, out);
  std::vector<base::TreeDocument> documents;
  if (base::looks_like_json(text) && line == 1) documents = base::parse_json(text, options.limits);
  // "{" also begins a mapping in YAML's flow style.
  if (documents.empty() || (has_syntax_error(documents) && !is_json(text, file))) documents = base::parse_yaml(text, line, options.limits);
  for (const auto& document : documents) reader.document(document);
  if (!out.complete && text.find("security.istio.io") != std::string_view::npos) out.unreadable_policy = true;
  return out;
}

void append(const ParsedFile& part, ParsedFile& out) {
  out.objects.insert(out.objects.end(), part.objects.begin(), part.objects.end());
  out.problems.insert(out.problems.end(), part.problems.begin(), part.problems.end());
  for (const auto& [kind, count] : part.unknown_kinds) out.unknown_kinds[kind] += count;
  out.complete &= part.complete;
  out.unreadable_policy |= part.unreadable_policy;
}

void move_lines(ParsedFile& parsed, int by) {
  for (auto& problem : parsed.problems)
    if (problem.line) problem.line += by;
  for (auto& parsed_object : parsed.objects) {
    parsed_object.line += by;
    for (auto* object : {&parsed_object.object, &parsed_object.stand_in}) {
      if (!*object) continue;
      auto moved = std::make_shared<mesh::Object>(**object);
      moved->origin.line += by;
      *object = std::move(moved);
    }
  }
}

// False, with a problem, if the text cannot be YAML at all.
bool readable(std::string_view text, const std::string& file, const ParseOptions& options, ParsedFile& out) {
  std::string wrong;
  int line = 0;
  if (text.size() > options.limits.bytes) {
    wrong = fmt::format("longer than {} bytes", options.limits.bytes);
  } else if ((line = base::invalid_utf8_line(text)) != 0) {
    wrong = "not UTF-8";
  }
  if (wrong.empty()) return true;
  append_problems({{Severity::kError, {}, line, {}, {}, std::move(wrong)}}, file, nullptr, out);
  out.complete = false;
  return false;
}

}  // namespace

ParsedFile parse_documents(std::string_view text, const std::string& file, const ParseOptions& options, DocumentCache* cache) {
  ParsedFile out;
  if (!readable(text, file, options, out)) return out;
  const auto parts = base::split_documents(text);
  if (parts.size() < 2 || is_json(text, file)) return read_part(text, 1, file, options);
  if (cache) cache->next_read();
  for (const auto& part : parts) {
    const std::string_view own = text.substr(part.offset, part.size);
    if (!cache) {
      append(read_part(own, part.line, file, options), out);
      continue;
    }
    const std::uint64_t hash = base::hash64(own);
    const ParsedFile* known = cache->find(hash, part.line);
    append(known ? *known : cache->put(hash, part.line, read_part(own, part.line, file, options)), out);
  }
  return out;
}

const ParsedFile* DocumentCache::find(std::uint64_t text_hash, int line) {
  auto found = now_.find(text_hash);
  if (found == now_.end()) {
    auto before = before_.find(text_hash);
    if (before == before_.end()) return nullptr;
    found = now_.emplace(text_hash, std::move(before->second)).first;
    before_.erase(before);
  }
  Entry& entry = found->second;
  if (entry.line != line) move_lines(entry.parsed, line - entry.line);
  entry.line = line;
  return &entry.parsed;
}

const ParsedFile& DocumentCache::put(std::uint64_t text_hash, int line, ParsedFile parsed) {
  Entry& entry = now_[text_hash];
  entry = {line, std::move(parsed)};
  return entry.parsed;
}

void DocumentCache::next_read() {
  before_ = std::move(now_);
  now_.clear();
}

ParsedFile parse_mesh_config(std::string_view text, const std::string& file, const ParseOptions& options) {
  ParsedFile out;
  if (!readable(text, file, options, out)) return out;
  std::vector<base::TreeDocument> documents;
  if (base::looks_like_json(text)) documents = base::parse_json(text, options.limits);
  if (documents.empty() || has_syntax_error(documents)) documents = base::parse_yaml(text, 1, options.limits);
  for (const auto& document : documents) {
    for (const auto& error : document.errors)
      append_problems({{Severity::kError, {}, error.line, {}, {}, error.message}}, file, nullptr, out);
    if (!document.errors.empty()) {
      out.objects.push_back({mesh_config_key(), nullptr, 1, {}, {}});
      return out;
    }
    const Tree& tree = document.tree;
    if (tree["kind"].text() == "ConfigMap") {
      const auto* entry = tree["data"].entry("mesh");
      if (entry) read_mesh_config_text(entry->value.text(), entry->line, file, options, out);
    } else if (!tree.is_null()) {
      read_mesh_config(tree, 0, file, out);
    }
    if (!out.objects.empty()) return out;
  }
  read_mesh_config(Tree(), 0, file, out);  // an empty file: Istio's defaults
  return out;
}

mesh::ObjectKey mesh_config_key() { return {mesh::Kind::kMeshConfig, "", "istio"}; }

}  // namespace amime::source
