// Headers and URLs of collectors that are spoken to over HTTP. Pure but for `envName`, which is read from the environment of
// this process, as Istio has it: it holds tokens that shall not stand in MeshConfig.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "translate/telemetry/collector.h"

namespace amime::translate {

// MeshConfig.ExtensionProvider.HttpHeader.
template <class Header>
std::string header_value(const Header& header) {
  if (!header.has_env_name()) return header.value();
  const char* value = std::getenv(header.env_name().c_str());
  return value ? value : "";
}

// Into an envoy.config.core.v3.HttpService.
template <class Headers, class Service>
void fill_http_service(const Collector& to, std::string uri, const Headers& headers, Service* out) {
  out->mutable_http_uri()->set_uri(std::move(uri));
  out->mutable_http_uri()->set_cluster(to.cluster);
  for (const auto& header : headers) {
    auto* option = out->add_request_headers_to_add();
    option->set_append_action(std::remove_pointer_t<decltype(option)>::OVERWRITE_IF_EXISTS_OR_ADD);
    option->mutable_header()->set_key(header.name());
    option->mutable_header()->set_value(header_value(header));
  }
}

}  // namespace amime::translate
