// DemoTraffic: steady requests to the sample's front page through the ingress gateway, and who answered.
//
// start() to stop() it runs on threads of its own; tally() may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/http.h"

namespace amime::local {

// What one answer of the front page says.
struct DemoAnswer {
  std::string error;    // why it is not as configured; empty: it is, but for `reviews`
  std::string reviews;  // version of reviews that answered
};
DemoAnswer judge_answer(const base::HttpResponse& answer);

class DemoTraffic {
 public:
  struct Tally {
    std::map<std::string, long> by_version;  // of reviews
    long all = 0, errors = 0;
    std::vector<double> milliseconds;  // of each request
    std::string first_error;
  };
  DemoTraffic(std::string address, int requests_a_second) : address_(std::move(address)), rate_(requests_a_second) {}
  ~DemoTraffic() { stop(); }
  DemoTraffic(const DemoTraffic&) = delete;
  DemoTraffic& operator=(const DemoTraffic&) = delete;

  void start();
  void stop();
  // Which versions of reviews may answer requests that are sent from now on. A request may be answered as configured when
  // it was sent or when its answer came.
  void allow(std::set<std::string> versions);
  // Since the last call, and the sum of all errors so far.
  Tally take(long* all_errors = nullptr);

 private:
  void loop();
  std::set<std::string> allowed() const;
  const std::string address_;
  const int rate_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stop_{false};
  std::atomic<long> next_{0};
  std::chrono::steady_clock::time_point started_;
  mutable std::mutex mutex_;
  std::set<std::string> allowed_;
  Tally tally_;
  long errors_ = 0;
};

}  // namespace amime::local
