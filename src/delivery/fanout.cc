#include "delivery/fanout.h"

#include <pthread.h>

#include <algorithm>

namespace amime::delivery {

Fanout::Fanout(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Fanout::~Fanout() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    jobs_.clear();
  }
  ready_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Fanout::hand(std::vector<Delivery> deliveries) {
  if (deliveries.empty()) return;
  if (threads_.empty()) {
    for (const auto& delivery : deliveries) delivery.to->on_publication(delivery.publication);
    return;
  }
  auto job = std::make_shared<Job>();
  job->deliveries = std::move(deliveries);
  const bool many = job->deliveries.size() > 1;
  {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    ++unfinished_;
  }
  many ? ready_.notify_all() : ready_.notify_one();
}

void Fanout::wait_idle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return unfinished_ == 0 || stop_; });
}

// Takes small runs of a job until none is left. True for the thread that completes the job.
bool Fanout::run(Job& job) {
  constexpr std::size_t kRun = 8;
  const std::size_t size = job.deliveries.size();
  std::size_t finished = 0;
  for (std::size_t at; (at = job.next.fetch_add(kRun)) < size;) {
    const std::size_t end = std::min(at + kRun, size);
    for (std::size_t i = at; i < end; ++i) {
      job.deliveries[i].to->on_publication(job.deliveries[i].publication);
      job.deliveries[i] = {};
    }
    finished += end - at;
  }
  return finished != 0 && job.done.fetch_add(finished) + finished == size;
}

void Fanout::work() {
  pthread_setname_np(pthread_self(), "fanout");
  std::unique_lock lock(mutex_);
  for (;;) {
    ready_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
    if (stop_) return;
    const std::shared_ptr<Job> job = jobs_.front();
    lock.unlock();
    const bool completed = run(*job);
    lock.lock();
    if (!jobs_.empty() && jobs_.front() == job) jobs_.pop_front();
    if (completed && --unfinished_ == 0) idle_.notify_all();
  }
}

}  // namespace amime::delivery
