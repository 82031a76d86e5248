// Hub: the writer. One thread owns the mesh and the translation; it takes changes in, and hands every subscriber whose
// catalog changed the new one.
//
// No debounce: a single change is worked on at once; whatever queues up meanwhile is one update. Before the first
// submit(), which is the source's first complete read, no subscriber hears anything.
// All public members may be called from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/published.h"
#include "delivery/catalog_source.h"
#include "delivery/fanout.h"
#include "delivery/publication.h"

namespace amime::delivery {

// What views show of the mesh in force.
struct Snapshot {
  std::uint64_t sequence = 0;
  std::string version;
  SystemTime since;
  std::shared_ptr<const mesh::Mesh> mesh;
  std::vector<mesh::Hold> holds;  // objects whose version in force is not what was written
};

class Hub {
 public:
  struct Options {
    unsigned fanout_threads = 2;  // 0: the writer hands out itself
    // Called by the writer when there was no work for a while: after `idle_after`, and again after five and after thirty
    // times as long, because streams go on writing and closing when the writer has long nothing to do.
    std::function<void()> on_idle;
    std::chrono::milliseconds idle_after{1000};
  };
  Hub(std::unique_ptr<CatalogSource> source, Options options, Stats* stats);
  ~Hub();  // stop()

  void start();  // starts the writer's thread
  void stop();   // ends it; what is queued is dropped
  // Does on the calling thread what the writer would do now: for tests without threads, instead of start().
  void run_pending();

  // `before`, with the first: what a process before had in force, where it differs (source/source.h).
  void submit(std::vector<mesh::Change> changes, std::vector<mesh::Change> before = {});
  // These versions are to be taken out of force (mesh/verdicts.h).
  void reject(std::vector<mesh::Verdict> verdicts);
  bool ready() const;  // whether the first complete read is in force

  using Ticket = std::uint64_t;
  Ticket attach(std::shared_ptr<const mesh::ProxyFacts> proxy, translate::RouteDelivery delivery, std::shared_ptr<Subscriber> subscriber);
  void detach(Ticket ticket);

  std::shared_ptr<const Snapshot> snapshot() const { return snapshot_.get(); }  // null before the first complete read
  // What translation has to say about the objects; asks the writer and waits for it (empty when it is stopped).
  std::vector<translate::Note> notes();
  // Runs `task` on the writer's thread and waits. False: the writer is not running.
  bool ask(std::function<void(CatalogSource&)> task);
  // Until everything submitted or attached before has been handed out.
  void wait_idle();

 private:
  struct Newcomer {
    Ticket ticket;
    std::shared_ptr<const mesh::ProxyFacts> proxy;
    translate::RouteDelivery delivery;
    std::shared_ptr<Subscriber> subscriber;
  };
  struct Work {
    std::vector<mesh::Change> changes;
    std::vector<mesh::Change> before;
    std::vector<mesh::Verdict> verdicts;
    bool submitted = false;
    SteadyTime arrived;
    std::vector<Newcomer> newcomers;
    std::vector<Ticket> leavers;
    std::vector<std::function<void(CatalogSource&)>> tasks;
    bool empty() const { return !submitted && newcomers.empty() && leavers.empty() && tasks.empty(); }
  };
  struct Member {
    CatalogSource::ScopeId scope;
    std::shared_ptr<Subscriber> subscriber;
  };

  void loop();
  bool wait_for_work(std::unique_lock<std::mutex>& lock);
  void process(Work work);
  void leave(const std::vector<Ticket>& leavers);
  void update(const Work& work);
  void welcome();
  Publication publication(CatalogSource::ScopeId scope, const ConvergencePtr& cause, Ticket ticket) const;

  const std::unique_ptr<CatalogSource> source_;
  const Options options_;
  Stats* const stats_;

  std::mutex mutex_;
  std::condition_variable wake_;
  Work queued_;
  Ticket next_ticket_ = 1;
  bool running_ = false, stop_ = false;
  std::thread thread_;

  // The writer's own.
  std::vector<Newcomer> waiting_;  // not yet in a scope: the first complete read has not come
  std::unordered_map<Ticket, Member> members_;
  std::unordered_map<CatalogSource::ScopeId, std::vector<Ticket>> scopes_;
  std::uint64_t sequence_ = 0;
  std::shared_ptr<const std::string> version_;

  base::Published<Snapshot> snapshot_;
  Fanout fanout_;  // last: its threads end before what they use
};

}  // namespace amime::delivery
