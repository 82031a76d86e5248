// Where a WasmPlugin's module is to be fetched (WasmPlugin.url). A value; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace amime::translate {

struct ModuleUrl {
  std::string scheme;  // file, http, https, oci; without one: oci
  std::string host;    // of http and https; empty: there is none
  std::uint32_t port = 0;
  std::string path;  // of file
  bool tls() const { return scheme == "https"; }
  bool by_http() const { return (scheme == "http" || scheme == "https") && !host.empty(); }
};
ModuleUrl parse_module_url(std::string_view url);

}  // namespace amime::translate
