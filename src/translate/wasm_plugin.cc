// What a WasmPlugin's filter is to do: the module, where it comes from, what it is told. One resource a plugin (ECDS).
//
// Fields: WasmPlugin url, sha256, pluginConfig, pluginName, failStrategy, vmConfig.env, type; imagePullPolicy and
// imagePullSecret, which are for Istio's agent.
// A stock Envoy loads files, and fetches over HTTP what is named with its sha256; Istio's agent fetches everything, images too,
// and puts a file into the resource before Envoy sees it. What cannot be had is answered as the agent would answer a failed
// fetch: by a filter that lets everything pass (FAIL_OPEN) or nothing.
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "envoy/config/core/v3/extension.pb.h"
#include "envoy/extensions/filters/http/rbac/v3/rbac.pb.h"
#include "envoy/extensions/filters/network/rbac/v3/rbac.pb.h"
#include "extensions/v1alpha1/wasm.pb.h"
#include "translate/envoy_any.h"
#include "translate/module_cluster.h"
#include "translate/module_url.h"
#include "translate/pack.h"
#include "translate/plugin_filters.h"
#include "translate/plugin_name.h"
#include "translate/rules.h"

namespace amime::translate {
namespace {

namespace plugin_api = ::istio::extensions::v1alpha1;
using envoy::config::core::v3::TypedExtensionConfig;
using nlohmann::json;

constexpr const char* kFetchTime = "30s";
constexpr int kFetchRetries = 5;  // some 15 s

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

// Keys in order, so that equal configurations are equal texts.
std::string plugin_config(const plugin_api::WasmPlugin& plugin) {
  std::string written;
  if (!google::protobuf::util::MessageToJsonString(plugin.plugin_config(), &written).ok()) return {};
  return text_of(json::parse(written, nullptr, false));
}

json environment(const mesh::Object& object, bool agent) {
  const auto& plugin = object.spec<plugin_api::WasmPlugin>();
  json values = json::object(), from_host = json::array();
  if (agent) {                                                                                  // which keeps them to itself
    if (!plugin.image_pull_secret().empty()) values["ISTIO_META_WASM_IMAGE_PULL_SECRET"] = "";  // then it does not pull
    if (plugin.image_pull_policy() != plugin_api::UNSPECIFIED_POLICY)
      values["ISTIO_META_WASM_IMAGE_PULL_POLICY"] = plugin_api::PullPolicy_Name(plugin.image_pull_policy());
    values["ISTIO_META_WASM_PLUGIN_RESOURCE_VERSION"] = object.resource_version;
  }
  for (const auto& env : plugin.vm_config().env()) {
    if (env.value_from() == plugin_api::HOST)
      from_host.push_back(env.name());
    else
      values[env.name()] = env.value();
  }
  json out = json::object();
  if (!values.empty()) out["key_values"] = std::move(values);
  if (!from_host.empty()) out["host_env_keys"] = std::move(from_host);
  return out;
}

const char* failure_policy(plugin_api::FailStrategy strategy) {
  switch (strategy) {
    case plugin_api::FAIL_OPEN: return "FAIL_OPEN";
    case plugin_api::FAIL_RELOAD: return "FAIL_RELOAD";
    default: return "FAIL_CLOSED";
  }
}

std::string_view layer_of(const plugin_api::WasmPlugin& plugin) { return plugin.type() == plugin_api::NETWORK ? "network" : "http"; }

void fill_module(const mesh::Object& object, json code, bool agent, TypedExtensionConfig* out) {
  const auto& plugin = object.spec<plugin_api::WasmPlugin>();
  const auto given = environment(object, agent);
  json vm = {{"runtime", "envoy.wasm.runtime.v8"}, {"code", std::move(code)}};
  // Envoy tells machines apart by id and code, of which it has none yet for what it is going to fetch: without an id the module
  // that was fetched first would stand in for the others.
  if (vm["code"].contains("remote") && !agent) vm["vm_id"] = base::hex64(base::hash64(plugin.sha256() + text_of(given)));
  if (!given.empty()) vm["environment_variables"] = given;
  json config = {{"name", object.key.ns + "." + object.key.name},
                 {"root_id", plugin.plugin_name()},
                 {"failure_policy", failure_policy(plugin.fail_strategy())},
                 {"vm_config", std::move(vm)}};
  if (!plugin.plugin_config().fields().empty())
    config["configuration"] = {{"@type", "type.googleapis.com/google.protobuf.StringValue"}, {"value", plugin_config(plugin)}};
  const json filter = {{"config", std::move(config)}};
  pack_json("envoy.extensions.filters." + std::string(layer_of(plugin)) + ".wasm.v3.Wasm", text_of(filter), out->mutable_typed_config());
}

// A rule set without rules allows nothing, none at all everything.
void fill_stand_in(const plugin_api::WasmPlugin& plugin, bool open, TypedExtensionConfig* out) {
  const std::string name = open ? "wasm-default-allow" : "wasm-default-deny";
  envoy::extensions::filters::network::rbac::v3::RBAC network;
  envoy::extensions::filters::http::rbac::v3::RBAC http;
  network.set_stat_prefix(name);
  http.set_rules_stat_prefix(name);
  if (!open) {
    network.mutable_rules();
    http.mutable_rules();
  }
  if (plugin.type() == plugin_api::NETWORK)
    pack(network, out->mutable_typed_config());
  else
    pack(http, out->mutable_typed_config());
}

// Requests are answered as the plugin says that they are where it fails.
void stand_in(const mesh::Object& object, const char* field, std::string why, TypedExtensionConfig* config, Product& product) {
  const auto& plugin = object.spec<plugin_api::WasmPlugin>();
  const bool open = plugin.fail_strategy() == plugin_api::FAIL_OPEN;
  fill_stand_in(plugin, open, config);
  why += open ? "; requests pass without it (FAIL_OPEN)" : "; requests are refused (failStrategy)";
  product.notes.push_back({object.key, "not-honoured", field, std::move(why)});
}

// Until it has the module, or gave up, Envoy keeps the listener that it had.
json remote(const plugin_api::WasmPlugin& plugin, const std::string& cluster, bool agent) {
  json out = {{"http_uri", {{"uri", plugin.url()}, {"cluster", cluster}, {"timeout", kFetchTime}}}, {"sha256", plugin.sha256()}};
  if (!agent) out["retry_policy"] = {{"num_retries", kFetchRetries}};
  return {{"remote", std::move(out)}};
}

void note_agents_fields(const mesh::Object& object, bool agent, Product& product) {
  const auto& plugin = object.spec<plugin_api::WasmPlugin>();
  if (!plugin.image_pull_secret().empty())
    product.notes.push_back({object.key, "not-honoured", "spec.imagePullSecret",
                             agent ? "Secrets are not handed to proxies without an identity: the agent pulls nothing, failStrategy decides"
                                   : "is for Istio's agent; an Envoy without one pulls no images"});
  if (!agent && plugin.image_pull_policy() != plugin_api::UNSPECIFIED_POLICY)
    product.notes.push_back({object.key, "no-effect", "spec.imagePullPolicy", "is for Istio's agent; Envoy keeps what has the sha256"});
  if (!plugin.verification_key().empty())
    product.notes.push_back({object.key, "not-honoured", "spec.verificationKey", "Istio does not honour it either"});
}

}  // namespace

// Subject NAMESPACE/NAME.
void wasm_plugin(View& view, std::string_view subject, Product& product) {
  const auto slash = subject.find('/');
  const auto object = view.wasm_plugin(subject.substr(0, slash), subject.substr(slash + 1));
  if (!object) return;
  const auto& plugin = object->spec<plugin_api::WasmPlugin>();
  const ModuleUrl url = parse_module_url(plugin.url());
  const bool agent = view.has_istio_agent();
  std::vector<std::string> refs;
  TypedExtensionConfig config;
  config.set_name(plugin_resource_name(view, *object));
  if (plugin.url().empty()) {  // source/refused_policy.h
    fill_stand_in(plugin, false, &config);
    product.notes.push_back(
        {object->key, "refused", "spec", "has errors, and no version without is known: requests are refused, being a policy's"});
  } else if (!runs_modules(view, layer_of(plugin))) {
    stand_in(*object, "spec.url", "some proxies' Envoy was built without Wasm", &config, product);
  } else if (url.scheme == "file") {
    fill_module(*object, {{"local", {{"filename", url.path}}}}, agent, &config);
  } else if (agent) {
    fill_module(*object, remote(plugin, "_", agent), agent, &config);  // the agent needs no cluster
  } else if (fetched_by_envoy(view, *object)) {
    refs.push_back(add_module_cluster(view, url, object->key, product));
    fill_module(*object, remote(plugin, refs.back(), agent), agent, &config);
  } else {
    stand_in(*object, url.by_http() ? "spec.sha256" : "spec.url",
             url.by_http() ? "an Envoy without Istio's agent fetches nothing without a sha256"
                           : "an Envoy without Istio's agent fetches file://, http:// and https:// only",
             &config, product);
  }
  note_agents_fields(*object, agent, product);
  product.resources.push_back(make_resource(Type::kExtension, config.name(), config, std::move(refs), {object->key}));
}

}  // namespace amime::translate
