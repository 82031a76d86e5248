#include "translate/type_urls.h"

#include <string.h>

#include <cstddef>

namespace amime::translate {
namespace {

constexpr std::string_view kPrefix = "type.googleapis.com/";

bool in_names(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; }

// The type whose URL begins at `at`: a field's, whose length is the byte before, or some text's.
std::string_view type_at(std::string_view bytes, std::size_t at) {
  const std::size_t begin = at + kPrefix.size();
  std::size_t end = begin;
  while (end < bytes.size() && in_names(bytes[end])) ++end;
  const std::size_t said = at > 0 ? static_cast<unsigned char>(bytes[at - 1]) : 0;
  if (said > kPrefix.size() && said < 0x80 && at + said < end) end = at + said;
  return bytes.substr(begin, end - begin);
}

// The next URL; npos: none. memmem is several times as fast as string_view::find.
std::size_t next_url(std::string_view bytes, std::size_t from) {
  const void* found = memmem(bytes.data() + from, bytes.size() - from, kPrefix.data(), kPrefix.size());
  return found ? static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) : std::string_view::npos;
}

}  // namespace

std::string_view type_of(std::string_view type_url) { return type_url.substr(type_url.rfind('/') + 1); }

bool is_typed_struct(std::string_view type) { return type == "udpa.type.v1.TypedStruct" || type == "xds.type.v3.TypedStruct"; }

bool is_no_extension(std::string_view type) {
  return type.empty() || type.starts_with("google.protobuf.") || type == "envoy.config.route.v3.FilterConfig" || is_typed_struct(type);
}

void for_each_type(std::string_view bytes, const std::function<void(std::string_view)>& f) {
  for (auto at = next_url(bytes, 0); at != std::string_view::npos; at = next_url(bytes, at + kPrefix.size()))
    if (const auto type = type_at(bytes, at); !is_no_extension(type)) f(type);
}

}  // namespace amime::translate
