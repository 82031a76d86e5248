#include "source/keys/key_check.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace amime::source {
namespace {

using nlohmann::json;

bool has(const json& key, const char* member) {
  return key.contains(member) && key[member].is_string() && !key[member].get_ref<const std::string&>().empty();
}

bool usable(const json& key) {
  if (!key.is_object() || !has(key, "kty")) return false;
  const auto& type = key["kty"].get_ref<const std::string&>();
  if (type == "RSA") return has(key, "n") && has(key, "e");
  if (type == "EC") return has(key, "x") && has(key, "y");
  if (type == "OKP") return has(key, "x");
  return type == "oct" && has(key, "k");
}

}  // namespace

std::string wrong_with_key_set(std::string_view text) {
  const auto set = json::parse(text, nullptr, false);
  if (!set.is_object() || !(set.contains("keys") || set.contains("kty"))) return "is not a JSON Web Key Set";
  if (!set.contains("keys")) return usable(set) ? "" : "is not a key that a proxy can use";
  const auto& keys = set["keys"];
  if (!keys.is_array()) return "is not a JSON Web Key Set";
  return std::any_of(keys.begin(), keys.end(), usable) ? "" : "holds no key that a proxy can use";
}

}  // namespace amime::source
