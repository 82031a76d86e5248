#include "local/serve.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <sstream>

#include "base/log.h"
#include "base/version.h"
#include "local/bootstrap.h"
#include "local/envoy_judge.h"
#include "local/identity_plane.h"
#include "local/in_force_state.h"
#include "local/monitoring.h"
#include "local/note_log.h"
#include "local/stop_signal.h"
#include "source/duration.h"
#include "source/files/files_source.h"
#include "source/gateway_api/conversion.h"
#include "source/keys/key_source.h"

namespace amime::local {
namespace {

absl::StatusOr<std::string> read_token(const std::string& file) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  std::ostringstream text;
  if (!(text << in.rdbuf())) return absl::InvalidArgumentError(fmt::format("--xds-token-file {} cannot be read, or is empty", file));
  std::string token = text.str();
  absl::StripAsciiWhitespace(&token);
  if (token.empty()) return absl::InvalidArgumentError(fmt::format("--xds-token-file {} is empty", file));
  return token;
}

source::FilesOptions files_options(const ServeOptions& options) {
  source::FilesOptions out;
  out.directory = options.config_dir;
  out.mesh_config_file = options.mesh_config;
  out.state_dir = options.state_dir;
  out.strict = options.strict;
  out.ledger.max_delete_share = options.max_delete_share;
  out.ledger.allow_empty = options.allow_empty;
  return out;
}

// "30s", "0", "inf" (negative: for ever).
absl::StatusOr<std::chrono::milliseconds> duration_flag(std::string_view flag, const std::string& text) {
  if (text == "inf") return std::chrono::milliseconds(-1);
  const auto nanoseconds = source::parse_duration(text);
  if (!nanoseconds || *nanoseconds < 0)
    return absl::InvalidArgumentError(fmt::format("{}: \"{}\" is no duration (30s, 500ms, 0, inf)", flag, text));
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(*nanoseconds));
}

absl::StatusOr<mesh::HoldOptions> hold_options(const ServeOptions& options) {
  const auto dangling = duration_flag("--dangling-timeout", options.dangling_timeout);
  if (!dangling.ok()) return dangling.status();
  const auto grace = duration_flag("--removal-grace", options.removal_grace);
  if (!grace.ok()) return grace.status();
  if (grace->count() < 0) return absl::InvalidArgumentError("--removal-grace: removals end, \"inf\" is none");
  return mesh::HoldOptions{*dangling, *grace};
}

absl::StatusOr<delivery::GateOptions> gate_options(const ServeOptions& options) {
  const auto bound = duration_flag("--rollout-timeout", options.rollout_timeout);
  if (!bound.ok()) return bound.status();
  delivery::GateOptions out;
  out.bound = bound->count() < 0 ? std::chrono::hours(24 * 365) : *bound;
  out.proceed = options.rollout_policy == "proceed";
  return out;
}

// What cannot be read is the user's input, whatever the source calls it.
absl::Status as_input_error(const absl::Status& status) {
  if (status.ok() || absl::IsInternal(status)) return status;
  return absl::InvalidArgumentError(status.message());
}

// ADDR:PORT with the port that it came to be: 0 in the option lets the kernel choose.
std::string with_port(const std::string& address, int port) { return fmt::format("{}:{}", address.substr(0, address.rfind(':')), port); }

// Who is asked about what a proxy refused.
delivery::Court::Judge judge_of(const std::string& given) {
  auto envoy = find_envoy(given);
  if (envoy.ok()) return envoy_judge(std::move(*envoy));
  base::log_info("serve", "no Envoy here to ask about what a proxy refuses: of several suspects all are held back");
  return nullptr;
}

// After the first read, which says what the trust domain is. Null: not asked for.
absl::StatusOr<std::unique_ptr<IdentityPlane>> open_secure_port(const ServeOptions& options, delivery::ControlPlane& plane,
                                                                base::MetricsRegistry& metrics) {
  if (options.secure_xds_address.empty()) {
    if (options.jwt_rule.empty()) return nullptr;
    return absl::InvalidArgumentError("--jwt-rule needs --secure-xds-address: nowhere else are tokens proofs");
  }
  if (options.state_dir.empty()) return absl::InvalidArgumentError("--secure-xds-address needs --state-dir: the authority is kept there");
  plane.hub().wait_idle();
  const auto& mesh = *plane.hub().snapshot()->mesh;
  auto identity = IdentityPlane::start({.state_dir = options.state_dir,
                                        .cacerts_dir = options.cacerts_dir,
                                        .trust_domain = std::string(mesh.trust_domain()),
                                        .jwt_rule = options.jwt_rule,
                                        .root_namespace = std::string(mesh.root_namespace())},
                                       metrics, std::chrono::system_clock::now());
  if (!identity.ok()) return identity.status();
  const auto port = plane.open_secure_port(options.secure_xds_address, (*identity)->port());
  if (!port.ok()) return port.status();
  base::log_info("serve", "secure xDS and certificates for {} on {}", mesh.trust_domain(), with_port(options.secure_xds_address, *port));
  return identity;
}

}  // namespace

absl::Status run_serve(const ServeOptions& options) {
  StopSignal stop;
  auto token = read_token(options.xds_token_file);
  if (!token.ok()) return token.status();
  base::MetricsRegistry metrics;
  const auto gate = gate_options(options);
  if (!gate.ok()) return gate.status();
  const auto holds = hold_options(options);
  if (!holds.ok()) return holds.status();
  InForceState in_force(options.state_dir);
  auto plane = delivery::ControlPlane::start({.xds_address = options.xds_address,
                                              .xds_token = *token,
                                              .gate = *gate,
                                              .source = in_force.options(*holds),
                                              .judge = judge_of(options.envoy)},
                                             metrics);
  if (!plane.ok()) return plane.status();
  source::gateway_api::Conversion conversion;  // outlives the source's thread, which feeds it
  auto keys = std::make_unique<source::KeySource>(source::KeySourceOptions{.state_dir = options.state_dir},
                                                  [&plane](source::Batch batch) { (*plane)->hub().submit(std::move(batch.changes), {}); });
  source::FilesSource files(files_options(options));
  auto statuses = [&files] { return SourceStatuses{files.status()}; };
  auto monitoring =
      Monitoring::start(options.monitoring_address, {**plane, metrics, statuses, [&conversion] { return conversion.statuses(); }});
  if (!monitoring.ok()) return monitoring.status();
  base::log_info("serve", "amime {}: xDS on {} and monitoring on {}", base::version_line(),
                 with_port(options.xds_address, (*plane)->xds_port()), with_port(options.monitoring_address, (*monitoring)->port()));
  const auto started = files.start([&plane, &conversion, &keys](source::Batch batch) {
    conversion.add_derived(batch);
    keys->watch(batch);
    (*plane)->hub().submit(std::move(batch.changes), std::move(batch.before));
  });
  if (!started.ok()) return as_input_error(started);
  auto identity = open_secure_port(options, **plane, metrics);
  if (!identity.ok()) return identity.status();
  if (*identity) (*monitoring)->set_prove((*identity)->page_prover());
  NoteLog notes((*plane)->hub());
  int signal = 0;
  while (!(signal = stop.wait(std::chrono::milliseconds(500)))) {
    notes.turn((*plane)->registry().size());
    if (*identity) (*identity)->turn(std::chrono::system_clock::now());
  }
  base::log_info("serve", "signal {}: ending", signal);
  files.stop();
  keys.reset();
  (*monitoring)->stop();
  (*plane)->shutdown();
  return absl::OkStatus();
}

}  // namespace amime::local
