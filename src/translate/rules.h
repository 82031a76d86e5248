// Every rule of the translation, one function a rule. Each is implemented in the file of its Envoy concept.
// Subjects (the `subject` argument) are documented at RuleId in rule.h.
#pragma once

#include "translate/rule.h"

namespace amime::translate {

// roots.cc
void outbound_root(View& view, std::string_view subject, Product& product);
void inbound_root(View& view, std::string_view subject, Product& product);
void gateway_root(View& view, std::string_view subject, Product& product);
// service_clusters.cc
void service_clusters(View& view, std::string_view subject, Product& product);
void sni_clusters(View& view, std::string_view subject, Product& product);
// cluster.cc
void outbound_cluster(View& view, std::string_view subject, Product& product);
void sni_cluster(View& view, std::string_view subject, Product& product);
// endpoint.cc
void cluster_endpoints(View& view, std::string_view subject, Product& product);
void sni_endpoints(View& view, std::string_view subject, Product& product);
// static_clusters.cc
void static_clusters(View& view, std::string_view subject, Product& product);
// outbound_listener.cc
void outbound_listeners(View& view, std::string_view subject, Product& product);
void outbound_listener(View& view, std::string_view subject, Product& product);
// route_table.cc
void route_table(View& view, std::string_view subject, Product& product);
void added_hosts(View& view, std::string_view subject, Product& product);
// virtual_host.cc
void virtual_host(View& view, std::string_view subject, Product& product);
// inbound_listener.cc
void inbound_listener(View& view, std::string_view subject, Product& product);
// inbound_cluster.cc
void inbound_cluster(View& view, std::string_view subject, Product& product);
// gateway_listener.cc
void gateway_listener(View& view, std::string_view subject, Product& product);
// gateway_table.cc
void gateway_table(View& view, std::string_view subject, Product& product);
// gateway_secret.cc
void gateway_secret(View& view, std::string_view subject, Product& product);
// extensions.cc
void extensions(View& view, std::string_view subject, Product& product);
// wasm_plugin.cc
void wasm_plugin(View& view, std::string_view subject, Product& product);
// name_table.cc
void name_table(View& view, std::string_view subject, Product& product);

}  // namespace amime::translate
