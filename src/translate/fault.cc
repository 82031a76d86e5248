#include "translate/fault.h"

#include <array>
#include <optional>

#include "envoy/config/route/v3/route_components.pb.h"
#include "envoy/extensions/filters/http/fault/v3/fault.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/percent.h"

// The whole-numbered percent is deprecated, but users still write it.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

using envoy::extensions::filters::http::fault::v3::HTTPFault;
using istio::networking::v1alpha3::HTTPFaultInjection;

constexpr std::array<std::string_view, 17> kGrpcCodes = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

std::optional<std::uint32_t> grpc_code(std::string_view name) {
  for (std::uint32_t code = 0; code < kGrpcCodes.size(); ++code) {
    if (kGrpcCodes[code] == name) return code;
  }
  return std::nullopt;
}

// False: nothing to inject.
bool set_delay(const HTTPFaultInjection::Delay& delay, HTTPFault* out) {
  if (delay.http_delay_type_case() != HTTPFaultInjection::Delay::kFixedDelay) return false;
  auto* to = out->mutable_delay();
  *to->mutable_fixed_delay() = delay.fixed_delay();
  if (delay.has_percentage()) {
    set_percent(delay.percentage(), to->mutable_percentage());
  } else {
    set_percent(static_cast<unsigned>(delay.percent()), to->mutable_percentage());
  }
  return true;
}

bool set_abort(const HTTPFaultInjection::Abort& abort, HTTPFault* out) {
  using Abort = HTTPFaultInjection::Abort;
  if (abort.error_type_case() == Abort::kHttpStatus) {
    out->mutable_abort()->set_http_status(static_cast<std::uint32_t>(abort.http_status()));
  } else if (const auto code = grpc_code(abort.grpc_status()); abort.error_type_case() == Abort::kGrpcStatus && code) {
    out->mutable_abort()->set_grpc_status(*code);
  } else {
    return false;
  }
  if (abort.has_percentage()) set_percent(abort.percentage(), out->mutable_abort()->mutable_percentage());
  return true;
}

}  // namespace

void apply_fault(RouteScope& scope, const HTTPFaultInjection& fault, const mesh::ObjectKey& object, const std::string& field,
                 envoy::config::route::v3::Route* route) {
  HTTPFault out;
  if (fault.has_delay() && !set_delay(fault.delay(), &out)) {
    scope.note(object, "not-honoured", field + ".delay", "only fixedDelay is supported; no delay is injected");
  }
  if (fault.has_abort() && !set_abort(fault.abort(), &out)) {
    scope.note(object, "not-honoured", field + ".abort", "only httpStatus and a known grpcStatus are supported; nothing is aborted");
  }
  if (!out.has_delay() && !out.has_abort()) return;
  (*route->mutable_typed_per_filter_config())["envoy.filters.http.fault"].PackFrom(out);
}

}  // namespace amime::translate
