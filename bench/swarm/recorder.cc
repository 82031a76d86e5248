#include "swarm/recorder.h"

#include <xxhash.h>

#include <thread>

namespace amime::bench {
namespace {

constexpr auto kSilence = std::chrono::milliseconds(150);
constexpr auto kLookAgain = std::chrono::milliseconds(5);
constexpr auto kLongest = std::chrono::seconds(60);

std::string key_of(Type type, std::string_view name) { return std::string(type_name(type)) + " " + std::string(name); }

}  // namespace

void NeededBytes::begin_change() {
  clusters_.clear();
  types_.clear();
  sent_ = needed_ = 0;
}

void NeededBytes::add(std::string_view message) {
  const auto response = parse_response(protocol_, message);
  if (!response) return;
  size_t head = message.size();
  size_t needed = 0;
  for (const Item& item : response->items) {
    head -= item.size;
    if (is_needed(response->type, item)) needed += item.size;
  }
  for (std::string_view name : response->removed) {
    head -= name.size();
    needed += name.size();
  }
  sent_ += message.size();
  if (needed == 0) return;
  needed_ += needed;
  if (types_.insert(index(response->type)).second) needed_ += head;
}

bool NeededBytes::is_needed(Type type, const Item& item) {
  const std::string_view name = name_of(type, item.value);
  if (type == Type::cds) {
    if (const std::string_view eds = eds_name_of(item.value); !eds.empty()) clusters_.emplace(eds);
  }
  uint64_t& had = had_[key_of(type, item.name.empty() ? name : item.name)];
  const uint64_t now = XXH3_64bits(item.value.data(), item.value.size());
  const bool differs = had != now;
  had = now;
  return differs || (type == Type::eds && clusters_.contains(std::string(name)));
}

Recorder::Recorder(StreamOptions options) : needed_(options.protocol) {
  recording_.protocol = options.protocol;
  options.tally = &tally_;
  options.observer = this;
  options.held = true;
  stream_ = make_stream(std::move(options));
}

Recorder::~Recorder() { stream_->stop(); }

void Recorder::record_cold_start() {
  begin_phase();
  stream_->start();
  const auto give_up = Clock::now() + kLongest;
  while (!tally_.wait_synced(1, std::chrono::seconds(0)) && Clock::now() < give_up) finish_phase();
}

void Recorder::begin_phase() {
  std::lock_guard lock(mutex_);
  recording_.phases.emplace_back();
  sent_ = {};
  needed_.begin_change();
  last_activity_ = Clock::now();
}

void Recorder::finish_phase(size_t messages) {
  const auto give_up = Clock::now() + kLongest;
  while (Clock::now() < give_up) {
    std::this_thread::sleep_for(kLookAgain);
    if (silent() && !stream_->release_one() && this->messages() >= messages) return;
  }
}

bool Recorder::silent() const {
  std::lock_guard lock(mutex_);
  return Clock::now() - last_activity_ > kSilence;
}

size_t Recorder::messages() const {
  std::lock_guard lock(mutex_);
  return recording_.phases.back().steps.size();
}

Recording Recorder::recording() const {
  std::lock_guard lock(mutex_);
  return recording_;
}

std::pair<uint64_t, uint64_t> Recorder::balance() const {
  std::lock_guard lock(mutex_);
  return {needed_.sent(), needed_.needed()};
}

void Recorder::on_message(std::string_view message) {
  std::lock_guard lock(mutex_);
  recording_.phases.back().steps.push_back(Step{.needed = sent_, .message = std::string(message)});
  needed_.add(message);
  last_activity_ = Clock::now();
}

void Recorder::on_request(const Request& request) {
  std::lock_guard lock(mutex_);
  ++sent_[index(request.type)][request.nonce.empty() ? 0 : 1];
  last_activity_ = Clock::now();
}

}  // namespace amime::bench
