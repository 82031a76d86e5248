// Fanout: hands publications to subscribers from a few threads, so that the writer is free for the next change while a
// thousand streams write. No lock is held while a subscriber runs.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "delivery/publication.h"

namespace amime::delivery {

struct Delivery {
  std::shared_ptr<Subscriber> to;
  Publication publication;
};

class Fanout {
 public:
  explicit Fanout(unsigned threads);  // 0: hand() runs the subscribers itself
  ~Fanout();                          // drops what was not handed out yet
  void hand(std::vector<Delivery> deliveries);
  void wait_idle();  // until all that was given has been handed out

 private:
  struct Job {
    std::vector<Delivery> deliveries;
    std::atomic<std::size_t> next{0}, done{0};
  };
  void work();
  bool run(Job& job);
  std::mutex mutex_;
  std::condition_variable ready_, idle_;
  std::deque<std::shared_ptr<Job>> jobs_;  // those with deliveries that nobody has taken yet, oldest first
  std::size_t unfinished_ = 0;             // jobs not completely handed out
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace amime::delivery
