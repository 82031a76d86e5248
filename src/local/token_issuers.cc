#include "local/token_issuers.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <map>
#include <mutex>

#include "base/log.h"
#include "identity/private_file.h"
#include "mesh/key_set_uri.h"
#include "security/v1beta1/request_authentication.pb.h"

namespace amime::local {
namespace {

using istio::security::v1beta1::JWTRule;
using istio::security::v1beta1::RequestAuthentication;
using Keys = base::Published<identity::KeySet>;

constexpr std::string_view kIssuerLog = "identity";
constexpr const char* kUsualAudience = "istio-ca";  // of the tokens that Kubernetes mounts for Istio's agents

absl::StatusOr<std::shared_ptr<RequestAuthentication>> read_rules(const std::string& text) {
  std::string rules = text;
  absl::StripAsciiWhitespace(&rules);
  if (!rules.empty() && rules.front() != '[') rules = "[" + rules + "]";
  auto out = std::make_shared<RequestAuthentication>();
  if (rules.empty()) return out;
  const auto status = google::protobuf::util::JsonStringToMessage("{\"jwtRules\":" + rules + "}", out.get());
  if (!status.ok()) return absl::InvalidArgumentError(fmt::format("--jwt-rule: {}", std::string(status.message())));
  for (const auto& rule : out->jwt_rules())
    if (rule.issuer().empty()) return absl::InvalidArgumentError("--jwt-rule: a rule names no issuer");
  return out;
}

// The rest of a JWTRule is about requests to workloads.
void say_what_is_not_honoured(const JWTRule& rule) {
  if (rule.from_headers_size() + rule.from_params_size() + rule.from_cookies_size() + rule.output_claim_to_headers_size() != 0 ||
      rule.forward_original_token() || !rule.output_payload_to_header().empty())
    base::log_warn(kIssuerLog, "--jwt-rule: of the rule of {} issuer, audiences, jwksUri, jwks and timeout count, nothing else",
                   rule.issuer());
}

std::vector<std::string> audiences_of(const JWTRule& rule) {
  if (rule.audiences().empty()) return {kUsualAudience};
  return {rule.audiences().begin(), rule.audiences().end()};
}

mesh::Change as_object(std::shared_ptr<RequestAuthentication> rules) {
  auto object = std::make_shared<mesh::Object>();
  object->key = {mesh::Kind::kRequestAuthentication, "", "--jwt-rule"};
  object->payload = mesh::ProtoSpec(std::move(rules));
  return {object->key, std::move(object)};
}

}  // namespace

struct TokenIssuers::Book {
  // Any thread. `kept`: from a process before, for where nothing was fetched yet. Sets that nobody asks for any more do not occur.
  void took(const std::vector<mesh::Change>& changes, bool kept) {
    const std::lock_guard lock(mutex);
    for (const auto& [key, object] : changes) {
      const auto [first, last] = by_uri.equal_range(key.name);
      if (key.kind != mesh::Kind::kKeySet || !object || first == last) continue;
      auto keys = identity::KeySet::parse(object->as<mesh::KeySet>().json);
      if (!keys.ok()) {
        base::log_error(kIssuerLog, "keys from {}: {}; what was before stays", key.name, std::string(keys.status().message()));
        continue;
      }
      const auto shared = std::make_shared<const identity::KeySet>(*std::move(keys));
      for (auto at = first; at != last; ++at)
        if (!kept || at->second->get() == nullptr) at->second->publish(shared);
    }
  }

  std::mutex mutex;
  std::vector<identity::Authenticator::Issuer> issuers;
  std::multimap<std::string, std::shared_ptr<Keys>> by_uri;
  std::unique_ptr<source::KeySource> source;  // last: its thread uses the others
};

TokenIssuers::TokenIssuers(std::unique_ptr<Book> book) : book_(std::move(book)) {}
TokenIssuers::~TokenIssuers() = default;
const std::vector<identity::Authenticator::Issuer>& TokenIssuers::issuers() const { return book_->issuers; }

absl::StatusOr<std::unique_ptr<TokenIssuers>> TokenIssuers::start(const std::string& rules, const std::string& state_dir,
                                                                  source::KeyFetch fetch) {
  auto read = read_rules(rules);
  if (!read.ok()) return read.status();
  auto book = std::make_unique<Book>();
  for (const auto& rule : (*read)->jwt_rules()) {
    say_what_is_not_honoured(rule);
    auto keys = std::make_shared<Keys>();
    if (rule.jwks().empty()) {
      book->by_uri.emplace(mesh::key_set_uri(rule), keys);
    } else {
      auto set = identity::KeySet::parse(rule.jwks());
      if (!set.ok()) return absl::InvalidArgumentError(fmt::format("--jwt-rule: jwks: {}", std::string(set.status().message())));
      keys->publish(std::make_shared<const identity::KeySet>(*std::move(set)));
    }
    book->issuers.push_back({{rule.issuer(), audiences_of(rule)}, std::move(keys)});
  }
  if (!book->by_uri.empty()) {
    // Beside the keys of RequestAuthentications, which are another source's.
    if (auto status = identity::make_private_dir(state_dir + "/issuers"); !status.ok()) return status;
    book->source = std::make_unique<source::KeySource>(
        source::KeySourceOptions{.state_dir = state_dir + "/issuers", .book = {}, .fetch = std::move(fetch)},
        [it = book.get()](source::Batch batch) { it->took(batch.changes, false); });
    source::Batch batch{{as_object(*std::move(read))}, true, {}};
    book->source->watch(batch);
    book->took(batch.changes, true);
  }
  return std::unique_ptr<TokenIssuers>(new TokenIssuers(std::move(book)));
}

}  // namespace amime::local
