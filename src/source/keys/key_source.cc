#include "source/keys/key_source.h"

#include <fmt/format.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "base/atomic_file.h"
#include "base/http_client.h"
#include "base/log.h"
#include "mesh/key_set_uri.h"
#include "source/keys/key_check.h"

namespace amime::source {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr const char* kKeyLog = "keys";
constexpr std::size_t kMostBytes = 1 << 20;

// What an OpenID configuration says of where the keys are.
absl::StatusOr<std::string> keys_uri_in(const std::string& configuration) {
  const auto parsed = json::parse(configuration, nullptr, false);
  const auto found = parsed.is_object() ? parsed.find("jwks_uri") : parsed.end();
  if (!parsed.is_object() || found == parsed.end() || !found->is_string())
    return absl::InvalidArgumentError("is no OpenID configuration with a jwks_uri");
  return found->get<std::string>();
}

absl::StatusOr<std::string> keys_at(const KeyFetch& fetch, const KeyRequest& request) {
  auto body = fetch(request.uri, request.timeout);
  if (body.ok() && mesh::is_openid_configuration(request.uri)) {
    const auto uri = keys_uri_in(*body);
    if (!uri.ok()) return uri.status();
    body = fetch(*uri, request.timeout);
  }
  if (!body.ok()) return body.status();
  if (const auto wrong = wrong_with_key_set(*body); !wrong.empty()) return absl::InvalidArgumentError("the answer " + wrong);
  return body;
}

}  // namespace

absl::StatusOr<std::string> fetch_over_http(const std::string& uri, std::chrono::milliseconds timeout) {
  const auto answer = base::http_fetch(uri, {}, {}, timeout);
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) return absl::UnavailableError(fmt::format("answered {}", answer->status));
  if (answer->body.size() > kMostBytes) return absl::InvalidArgumentError("answered more than 1 MiB");
  return answer->body;
}

struct KeySource::Impl {
  Impl(KeySourceOptions given, BatchCallback callback) : options(std::move(given)), deliver(std::move(callback)), book(options.book) {
    load();
    thread = std::thread([this] { run(); });
  }
  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
    }
    changed.notify_all();
    thread.join();
  }

  std::string file() const { return options.state_dir + "/keys.json"; }

  void load() {
    if (options.state_dir.empty()) return;
    std::ifstream in(file());
    std::ostringstream text;
    text << in.rdbuf();
    const auto kept = json::parse(text.str(), nullptr, false);
    if (!kept.is_object()) return;
    for (const auto& [uri, keys] : kept.items()) {
      if (!keys.is_string() || !wrong_with_key_set(keys.get<std::string>()).empty()) continue;
      saved[uri] = keys;
      book.remember(uri, keys.get<std::string>());
    }
  }

  void save(const std::string& uri, const std::string& keys) {
    if (options.state_dir.empty()) return;
    saved[uri] = keys;
    if (const auto status = base::replace_file(file(), saved.dump(), 0600); !status.ok())
      base::log_warn(kKeyLog, "the keys of {} are not kept for a restart: {}", uri, std::string(status.message()));
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!ending) {
      const auto request = book.due(Clock::now());
      if (!request) {
        const auto next = book.next();
        if (next)
          changed.wait_until(lock, *next);
        else
          changed.wait(lock);
        continue;
      }
      lock.unlock();
      const auto keys = keys_at(options.fetch, *request);
      lock.lock();
      settle(request->uri, keys, lock);
    }
  }

  void settle(const std::string& uri, const absl::StatusOr<std::string>& keys, std::unique_lock<std::mutex>& lock) {
    if (!keys.ok()) {
      base::log_warn(kKeyLog, "no keys from {}: {}; {}", uri, std::string(keys.status().message()),
                     saved.contains(uri) ? "the last good ones stay" : "tokens are refused until there are some");
      return book.failed(uri, std::string(keys.status().message()), Clock::now());
    }
    auto change = book.took(uri, *keys, Clock::now());
    if (!change) return;
    lock.unlock();
    base::log_info(kKeyLog, "keys from {}", uri);
    save(uri, *keys);
    deliver({{std::move(*change)}, false, {}});
    lock.lock();
  }

  KeySourceOptions options;
  BatchCallback deliver;
  mutable std::mutex mutex;
  std::condition_variable changed;
  KeyBook book;                 // below `mutex`
  bool ending = false;          // likewise
  json saved = json::object();  // the thread's own, once it runs
  std::thread thread;
};

KeySource::KeySource(KeySourceOptions options, BatchCallback deliver)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(deliver))) {}
KeySource::~KeySource() = default;

void KeySource::watch(Batch& batch) {
  const std::lock_guard lock(impl_->mutex);
  auto more = impl_->book.watch(batch.changes, Clock::now());
  batch.changes.insert(batch.changes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  impl_->changed.notify_all();
}

std::vector<KeyStatus> KeySource::status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->book.status();
}

}  // namespace amime::source
