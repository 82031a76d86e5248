#include "translate/telemetry/metric_prefix.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <google/protobuf/any.pb.h>

#include <string>

#include "envoy/config/accesslog/v3/accesslog.pb.h"
#include "translate/envoy_any.h"

namespace amime::translate {
namespace {

// The least that Envoy takes for a module: a memory, malloc (always address 1024), the version of its interface.
constexpr unsigned char kModule[] = {
    0x00, 'a', 's', 'm',  1,   0,    0,    0,                      // magic, version
    1,    9,   2,   0x60, 0,   0,    0x60, 1,   0x7f, 1,    0x7f,  // types: () -> (), (i32) -> i32
    3,    3,   2,   0,    1,                                       // two functions
    5,    3,   1,   0,    1,                                       // one page of memory
    7,    45,  3,                                                  // exports
    6,    'm', 'e', 'm',  'o', 'r',  'y',  2,   0,                 //
    23,   'p', 'r', 'o',  'x', 'y',  '_',  'a', 'b',  'i',  '_',  'v',  'e',
    'r',  's', 'i', 'o',  'n', '_',  '0',  '_', '2',  '_',  '1',  0,    0,  //
    6,    'm', 'a', 'l',  'l', 'o',  'c',  0,   1,                          //
    10,   10,  2,   2,    0,   0x0b, 5,    0,   0x41, 0x80, 8,    0x0b,     // bodies: nothing; i32.const 1024
};

google::protobuf::Any module() {
  google::protobuf::Any out;
  pack_json("envoy.extensions.access_loggers.wasm.v3.WasmAccessLog",
            fmt::format(R"({{"config":{{"name":"amime.metrics","vm_config":{{"vm_id":"amime.metrics","runtime":"envoy.wasm.runtime.v8",)"
                        R"("code":{{"local":{{"inline_bytes":"{}"}}}}}}}}}})",
                        absl::Base64Escape({reinterpret_cast<const char*>(kModule), sizeof kModule})),
            &out);
  return out;
}

}  // namespace

bool can_name_metrics(View& view) {
  return view.can_load("envoy.extensions.access_loggers.wasm.v3.WasmAccessLog") && view.can_load("envoy.wasm.runtime.v8");
}

void fill_prefix_log(AccessLog* log) {
  static const google::protobuf::Any config = module();
  log->set_name("envoy.access_loggers.wasm");
  // A request that takes longer than four weeks.
  auto* compare = log->mutable_filter()->mutable_duration_filter()->mutable_comparison();
  compare->set_op(envoy::config::accesslog::v3::ComparisonFilter::GE);
  compare->mutable_value()->set_default_value(0xffffffff);
  compare->mutable_value()->set_runtime_key("amime.never");
  *log->mutable_typed_config() = config;
}

}  // namespace amime::translate
