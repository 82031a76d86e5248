// The writer and its threads: what ThreadSanitizer is to look at.
#include "delivery/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

#include "delivery/fakes.h"

namespace amime::delivery::testing {
namespace {

using translate::Type;

// Remembers the newest publication.
class Listener final : public Subscriber {
 public:
  void on_publication(const Publication& publication) override {
    std::lock_guard lock(mutex_);
    ++heard_;
    if (publication.sequence > sequence_) sequence_ = publication.sequence;
    changed_.notify_all();
  }
  bool wait_for(std::uint64_t sequence) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return sequence_ >= sequence; });
  }
  int heard() {
    std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t sequence_ = 0;
  int heard_ = 0;
};

std::shared_ptr<const mesh::ProxyFacts> somebody() { return std::make_shared<mesh::ProxyFacts>(); }

TEST(Hub, WhatQueuesUpIsOneUpdate) {
  Plane plane;
  plane.publish();
  auto listener = std::make_shared<Listener>();
  plane.hub.attach(somebody(), translate::RouteDelivery::kWhole, listener);
  plane.hub.run_pending();
  for (int i = 0; i < 100; ++i) plane.hub.submit({});
  plane.hub.run_pending();
  EXPECT_EQ(listener->heard(), 2);
  EXPECT_EQ(plane.hub.snapshot()->sequence, 2u);
}

TEST(Hub, WhoLeavesBeforeItIsWelcomedHearsNothing) {
  Plane plane;
  auto listener = std::make_shared<Listener>();
  const auto ticket = plane.hub.attach(somebody(), translate::RouteDelivery::kWhole, listener);
  plane.hub.run_pending();
  plane.hub.detach(ticket);
  plane.publish();
  EXPECT_EQ(listener->heard(), 0);
  EXPECT_EQ(plane.source->scopes(), 0u);
}

TEST(Hub, AskRunsOnTheWriterAndFailsWhenThereIsNone) {
  Plane plane;
  EXPECT_FALSE(plane.hub.ask([](CatalogSource&) { FAIL(); }));
  plane.hub.start();
  bool ran = false;
  EXPECT_TRUE(plane.hub.ask([&](CatalogSource&) { ran = true; }));
  EXPECT_TRUE(ran);
  plane.hub.stop();
  EXPECT_FALSE(plane.hub.ask([](CatalogSource&) { FAIL(); }));
}

TEST(Hub, TidiesUpThriceAfterWork) {
  std::mutex mutex;
  std::condition_variable changed;
  int idle = 0;
  base::MetricsRegistry metrics;
  Stats stats(metrics);
  Hub hub(std::make_unique<FakeSource>(),
          {.fanout_threads = 0,
           .on_idle =
               [&] {
                 std::lock_guard lock(mutex);
                 ++idle;
                 changed.notify_all();
               },
           .idle_after = std::chrono::milliseconds(1)},
          &stats);
  hub.start();
  hub.submit({});
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return idle == 3; }));
}

TEST(Hub, ManySubscribersComeAndGoWhileChangesPour) {
  Plane plane(3);
  plane.hub.start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        auto listener = std::make_shared<Listener>();
        const auto ticket = plane.hub.attach(somebody(), translate::RouteDelivery::kWhole, listener);
        plane.hub.submit({});
        EXPECT_TRUE(listener->wait_for(1));
        plane.hub.detach(ticket);
      }
    });
  for (auto& thread : threads) thread.join();
  plane.hub.wait_idle();
  EXPECT_EQ(plane.source->scopes(), 0u);
}

// A proxy that answers from a thread of its own, as gRPC's threads would.
class ThreadedProxy final : public Transport {
 public:
  ThreadedProxy(Plane& plane, int number)
      : number_(number), stream_(make_delta_stream(plane.context, this, nullptr)), thread_([this] { run(); }) {}
  ~ThreadedProxy() override {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
    stream_->on_closed();
  }
  void write(Message message) override {
    std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(message));
    changed_.notify_all();
  }
  void finish(const absl::Status&) override {}
  bool wait_for(const std::string& content) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return newest_ == content; });
  }

 private:
  void run() {
    stream_->on_request(first());
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return stop_ || !inbox_.empty(); });
      if (inbox_.empty()) return;
      const Message message = std::move(inbox_.front());
      inbox_.erase(inbox_.begin());
      lock.unlock();
      stream_->on_write_done();
      const auto response = read_delta(message);
      stream_->on_request(answer(response));
      lock.lock();
      for (const auto& [name, content] : response.resources) newest_ = content;
      changed_.notify_all();
    }
  }
  std::string first() const;
  static std::string answer(const Response& response);

  const int number_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Message> inbox_;
  std::string newest_;
  bool stop_ = false;
  std::shared_ptr<Stream> stream_;
  std::thread thread_;
};

std::string ThreadedProxy::first() const {
  const auto id = "sidecar~10.0.0.1~p" + std::to_string(number_) + ".default~default.svc.cluster.local";
  return delta_request(Type::kListener, {}, FakeProxy::node(id));
}
std::string ThreadedProxy::answer(const Response& response) { return delta_request(Type::kListener, {.nonce = response.nonce}, {}); }

TEST(Hub, StreamsOnTheirOwnThreadsAllReachTheNewest) {
  Plane plane(2);
  plane.source->put(Type::kListener, "l", "0");
  plane.hub.start();
  plane.hub.submit({});
  std::vector<std::unique_ptr<ThreadedProxy>> proxies;
  for (int i = 0; i < 24; ++i) proxies.push_back(std::make_unique<ThreadedProxy>(plane, i));
  for (int change = 1; change <= 40; ++change) {
    plane.hub.ask([&](CatalogSource&) { plane.source->put(Type::kListener, "l", std::to_string(change)); });
    plane.hub.submit({});
    if (change % 10 == 0) plane.selections.trim();
  }
  for (auto& proxy : proxies) EXPECT_TRUE(proxy->wait_for("40"));
  proxies.clear();
  plane.hub.wait_idle();
  EXPECT_EQ(plane.source->scopes(), 0u);
}

}  // namespace
}  // namespace amime::delivery::testing
