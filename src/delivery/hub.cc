#include "delivery/hub.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <future>
#include <utility>

#include "base/time.h"
#include "delivery/stats.h"

namespace amime::delivery {

Hub::Hub(std::unique_ptr<CatalogSource> source, Options options, Stats* stats)
    : source_(std::move(source)), options_(std::move(options)), stats_(stats), fanout_(options_.fanout_threads) {}

Hub::~Hub() { stop(); }

void Hub::start() {
  std::lock_guard lock(mutex_);
  running_ = true;
  thread_ = std::thread([this] { loop(); });
}

void Hub::stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  Work dropped;  // dies outside the lock: tasks' waiters see a broken promise
  std::lock_guard lock(mutex_);
  running_ = false;
  std::swap(dropped, queued_);
}

void Hub::submit(std::vector<mesh::Change> changes, std::vector<mesh::Change> before) {
  {
    std::lock_guard lock(mutex_);
    if (!queued_.submitted) queued_.arrived = std::chrono::steady_clock::now();
    queued_.submitted = true;
    std::move(changes.begin(), changes.end(), std::back_inserter(queued_.changes));
    std::move(before.begin(), before.end(), std::back_inserter(queued_.before));
  }
  wake_.notify_one();
}

void Hub::reject(std::vector<mesh::Verdict> verdicts) {
  {
    std::lock_guard lock(mutex_);
    if (!queued_.submitted) queued_.arrived = std::chrono::steady_clock::now();
    queued_.submitted = true;
    std::move(verdicts.begin(), verdicts.end(), std::back_inserter(queued_.verdicts));
  }
  wake_.notify_one();
}

bool Hub::ready() const { return snapshot_.get() != nullptr; }

Hub::Ticket Hub::attach(std::shared_ptr<const mesh::ProxyFacts> proxy, translate::RouteDelivery delivery,
                        std::shared_ptr<Subscriber> subscriber) {
  Ticket ticket;
  {
    std::lock_guard lock(mutex_);
    ticket = next_ticket_++;
    queued_.newcomers.push_back({ticket, std::move(proxy), delivery, std::move(subscriber)});
  }
  wake_.notify_one();
  return ticket;
}

void Hub::detach(Ticket ticket) {
  {
    std::lock_guard lock(mutex_);
    if (stop_) return;
    queued_.leavers.push_back(ticket);
  }
  wake_.notify_one();
}

bool Hub::ask(std::function<void(CatalogSource&)> task) {
  auto done = std::make_shared<std::promise<void>>();
  auto answer = done->get_future();
  {
    std::lock_guard lock(mutex_);
    if (!running_ || stop_) return false;
    queued_.tasks.push_back([task = std::move(task), done](CatalogSource& source) {
      task(source);
      done->set_value();
    });
  }
  done.reset();
  wake_.notify_one();
  answer.wait();
  try {
    answer.get();
  } catch (const std::future_error&) {  // the writer was stopped first
    return false;
  }
  return true;
}

std::vector<translate::Note> Hub::notes() {
  std::vector<translate::Note> notes;
  ask([&](CatalogSource& source) { notes = source.notes(); });
  return notes;
}

void Hub::wait_idle() {
  ask([](CatalogSource&) {});
  fanout_.wait_idle();
}

void Hub::loop() {
  pthread_setname_np(pthread_self(), "writer");
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stop_ || !queued_.empty(); });  // nothing to tidy up before the first work
  while (wait_for_work(lock)) {
    Work work = std::exchange(queued_, {});
    lock.unlock();
    process(std::move(work));
    lock.lock();
  }
}

// False: it is time to stop.
bool Hub::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto has_work = [this] { return stop_ || !queued_.empty(); };
  const auto look_again = source_->look_again_at();
  // False: only the time has come.
  const auto wait_until = [&](SteadyTime time) {
    if (wake_.wait_until(lock, look_again ? std::min(time, *look_again) : time, has_work)) return true;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (!look_again || now < *look_again) return false;
    queued_.submitted = true;  // no changes: what was held or retained is looked at again
    queued_.arrived = now;
    return true;
  };
  for (const int factor : {1, 5, 30}) {
    if (wait_until(std::chrono::steady_clock::now() + factor * options_.idle_after)) return !stop_;
    if (!options_.on_idle) continue;
    lock.unlock();
    options_.on_idle();
    lock.lock();
  }
  if (look_again)
    wait_until(*look_again);
  else
    wake_.wait(lock, has_work);
  return !stop_;
}

void Hub::run_pending() {
  Work work;
  {
    std::lock_guard lock(mutex_);
    std::swap(work, queued_);
  }
  process(std::move(work));
}

void Hub::process(Work work) {
  std::move(work.newcomers.begin(), work.newcomers.end(), std::back_inserter(waiting_));
  leave(work.leavers);
  if (work.submitted) update(work);
  if (version_) welcome();
  for (const auto& task : work.tasks) task(*source_);
}

void Hub::leave(const std::vector<Ticket>& leavers) {
  for (const Ticket ticket : leavers) {
    std::erase_if(waiting_, [&](const Newcomer& n) { return n.ticket == ticket; });
    const auto member = members_.find(ticket);
    if (member == members_.end()) continue;
    const auto scope = scopes_.find(member->second.scope);
    std::erase(scope->second, ticket);
    if (scope->second.empty()) scopes_.erase(scope);
    source_->detach(member->second.scope);
    members_.erase(member);
  }
}

void Hub::update(const Work& work) {
  const SteadyTime at = std::chrono::steady_clock::now();
  if (!work.before.empty()) source_->resume(work.before);
  if (!work.verdicts.empty()) source_->reject(work.verdicts, at);
  source_->update(work.changes, at);
  ++sequence_;
  const auto now = std::chrono::system_clock::now();
  version_ = std::make_shared<const std::string>(fmt::format("{}/{}", base::rfc3339(now), sequence_));
  snapshot_.publish(std::make_shared<const Snapshot>(Snapshot{sequence_, *version_, now, source_->mesh(), source_->holds()}));

  const auto changed = source_->take_changed();
  if (!changed.empty()) stats_->trigger(work.changes);
  const auto cause = std::make_shared<Convergence>(work.arrived, stats_);
  std::vector<Delivery> deliveries;
  for (const auto scope : changed) {
    const auto tickets = scopes_.find(scope);
    if (tickets == scopes_.end()) continue;
    for (const Ticket ticket : tickets->second) deliveries.push_back({members_.at(ticket).subscriber, publication(scope, cause, ticket)});
  }
  fanout_.hand(std::move(deliveries));
}

void Hub::welcome() {
  if (waiting_.empty()) return;
  std::vector<Delivery> deliveries;
  for (auto& newcomer : std::exchange(waiting_, {})) {
    const auto scope = source_->attach(*newcomer.proxy, newcomer.delivery);
    scopes_[scope].push_back(newcomer.ticket);
    members_[newcomer.ticket] = {scope, newcomer.subscriber};
    deliveries.push_back({std::move(newcomer.subscriber), publication(scope, nullptr, newcomer.ticket)});
  }
  fanout_.hand(std::move(deliveries));
}

Publication Hub::publication(CatalogSource::ScopeId scope, const ConvergencePtr& cause, Ticket ticket) const {
  return {sequence_, version_, source_->catalog(scope), cause, ticket};
}

}  // namespace amime::delivery
