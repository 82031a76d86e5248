#include "local/demo_traffic.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/http_client.h"

namespace amime::local {
namespace {

constexpr int kThreads = 4;
using Clock = std::chrono::steady_clock;

std::string text_of(const nlohmann::json& from, const char* key) {
  auto it = from.find(key);
  return it != from.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// The answer and all that it was made of, down the calls. *reviews: the version that answered for reviews.
std::string judge(const nlohmann::json& answer, std::string* reviews) {
  const auto name = text_of(answer, "name");
  if (name == "reviews") *reviews = text_of(answer, "version");
  auto calls = answer.find("calls");
  if (calls == answer.end()) return {};
  for (const auto& call : *calls) {
    const int status = call.value("status", 0);
    if (status != 200) return fmt::format("{} got {} from {}", name, status, text_of(call, "url"));
    if (auto error = judge(call.value("answer", nlohmann::json::object()), reviews); !error.empty()) return error;
  }
  return {};
}

}  // namespace

DemoAnswer judge_answer(const base::HttpResponse& answer) {
  if (answer.status != 200) return {fmt::format("status {}", answer.status), {}};
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  if (!body.is_object()) return {"not the front page", {}};
  DemoAnswer out;
  out.error = judge(body, &out.reviews);
  if (out.error.empty() && text_of(body, "name") != "productpage") out.error = "not the front page";
  if (out.error.empty() && out.reviews.empty()) out.error = "no reviews";
  return out;
}

void DemoTraffic::start() {
  started_ = Clock::now();
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { loop(); });
}

void DemoTraffic::stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void DemoTraffic::allow(std::set<std::string> versions) {
  std::lock_guard lock(mutex_);
  allowed_ = std::move(versions);
}

std::set<std::string> DemoTraffic::allowed() const {
  std::lock_guard lock(mutex_);
  return allowed_;
}

void DemoTraffic::loop() {
  base::HttpClient client(address_, std::chrono::seconds(5));
  while (!stop_) {
    // Request number N is due N/rate after the start; a thread that is late does not skip, so the pace is kept.
    const auto due = started_ + std::chrono::microseconds(1'000'000LL * next_++ / rate_);
    std::this_thread::sleep_until(due);
    const auto allowed_before = allowed();
    const auto sent = Clock::now();
    auto answer = client.get("/productpage");
    const double took = std::chrono::duration<double, std::milli>(Clock::now() - sent).count();
    DemoAnswer judged = answer.ok() ? judge_answer(*answer) : DemoAnswer{std::string(answer.status().message()), {}};
    if (judged.error.empty() && !allowed_before.contains(judged.reviews) && !allowed().contains(judged.reviews))
      judged.error = fmt::format("reviews {} answered, which has no weight", judged.reviews);
    std::lock_guard lock(mutex_);
    ++tally_.all;
    tally_.milliseconds.push_back(took);
    if (judged.error.empty()) {
      ++tally_.by_version[judged.reviews];
    } else {
      ++tally_.errors, ++errors_;
      if (tally_.first_error.empty()) tally_.first_error = judged.error;
    }
  }
}

DemoTraffic::Tally DemoTraffic::take(long* all_errors) {
  std::lock_guard lock(mutex_);
  if (all_errors) *all_errors = errors_;
  return std::exchange(tally_, {});
}

}  // namespace amime::local
