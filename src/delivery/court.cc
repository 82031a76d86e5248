#include "delivery/court.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

#include "base/log.h"
#include "delivery/stream.h"

namespace amime::delivery {

using mesh::Suspect;
using translate::Resource;
using translate::ResourcePtr;

namespace {

constexpr std::string_view kCourtLog = "court";
constexpr std::size_t kMostCharges = 64;  // what is more comes again, refused again
constexpr std::size_t kMostKnown = 1024;
constexpr std::size_t kMostTries = 8;

// What the proxy would be sent of that name if `suspect` were in its version before; null: nothing.
ResourcePtr without(const Suspect& suspect, const Charge& charge, const mesh::Mesh& mesh) {
  translate::Engine engine;
  mesh::ChangeSet touched;
  mesh::Mesh other = mesh.apply({{suspect.version->key, suspect.before}}, &touched);
  engine.update(std::move(other), touched);
  const auto catalog = engine.catalog(engine.attach(*charge.proxy, charge.delivery));
  const ResourcePtr* found = catalog->of(charge.refused->type)->find(charge.refused->name);
  return found ? *found : nullptr;
}

// Those that came into force last; if none did since the start, all of the kind that is most often to blame.
std::vector<Suspect> likely(std::vector<Suspect> suspects) {
  if (std::any_of(suspects.begin(), suspects.end(), [](const Suspect& s) { return s.edited; })) {
    std::erase_if(suspects, [](const Suspect& s) { return !s.edited; });
    return suspects;
  }
  using mesh::Kind;
  for (const Kind kind : {Kind::kEnvoyFilter, Kind::kVirtualService, Kind::kDestinationRule, Kind::kServiceEntry, Kind::kGateway}) {
    std::vector<Suspect> of_kind;
    std::copy_if(suspects.begin(), suspects.end(), std::back_inserter(of_kind),
                 [&](const Suspect& s) { return s.version->key.kind == kind; });
    if (!of_kind.empty()) return of_kind;
  }
  return suspects;
}

// Where nobody can be asked: a proxy's own trouble says so itself.
bool own_trouble(std::string_view error) {
  return error.find("cannot bind") != std::string_view::npos || error.find("Address already in use") != std::string_view::npos ||
         error.find("errno") != std::string_view::npos;
}

std::string reason_of(const Charge& charge, const Suspect& suspect) {
  return fmt::format("{} refused {} {}: {}; {}", charge.proxy->id, translate::type_short(charge.refused->type), charge.refused->name,
                     charge.error, suspect.before ? "its version before is in force" : "nothing of it is in force");
}

}  // namespace

void Court::start() {
  thread_ = std::thread([this] { loop(); });
}

void Court::stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    charges_.clear();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Court::charge(Charge charge) {
  {
    std::lock_guard lock(mutex_);
    const auto same = [&](const Charge& other) { return other.refused->identity == charge.refused->identity; };
    if (stop_ || charges_.size() >= kMostCharges || std::any_of(charges_.begin(), charges_.end(), same)) return;
    charges_.push_back(std::move(charge));
    ++brought_;
  }
  wake_.notify_one();
}

std::optional<std::uint64_t> Court::decided() const {
  std::lock_guard lock(mutex_);
  if (busy_ || !charges_.empty()) return std::nullopt;
  return brought_;
}

void Court::loop() {
  pthread_setname_np(pthread_self(), "court");
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait(lock, [this] { return stop_ || !charges_.empty(); });
    lock.unlock();
    sit();
    lock.lock();
  }
}

void Court::sit() {
  for (;;) {
    Charge charge;
    {
      std::lock_guard lock(mutex_);
      busy_ = !stop_ && !charges_.empty();
      if (!busy_) return;
      charge = std::move(charges_.front());
      charges_.pop_front();
    }
    hear(charge);
  }
}

void Court::hear(const Charge& charge) {
  std::shared_ptr<const mesh::Mesh> mesh;
  std::vector<Suspect> suspects;
  const bool asked = hub_.ask([&](CatalogSource& source) {
    mesh = source.mesh();
    suspects = source.suspects(charge.refused->from);
  });
  if (!asked || !mesh || settled(charge, suspects)) return;
  if (known_.size() >= kMostKnown) known_.clear();
  auto& verdicts = known_[charge.refused->identity];
  verdicts.clear();
  const std::string what = fmt::format("{} {}", translate::type_short(charge.refused->type), charge.refused->name);
  if (somebody_has(*charge.refused)) {
    base::log_warn(kCourtLog, "{} is in force elsewhere: {} has a trouble of its own", what, charge.proxy->id);
    return;
  }
  const auto taken = judged_good(charge);
  if (taken.value_or(own_trouble(charge.error))) {
    base::log_warn(kCourtLog, "{} is as it should be: {} has a trouble of its own", what, charge.proxy->id);
    return;
  }
  if (suspects.empty()) {
    base::log_error(kCourtLog, "{} is refused, and no object of the users' shaped it", what);
    return;
  }
  for (const Suspect& suspect : guilty(charge, *mesh, std::move(suspects), taken.has_value()))
    verdicts.push_back({suspect.version->key, suspect.version->digest, reason_of(charge, suspect)});
  hub_.reject(verdicts);
  hub_.wait_idle();
}

// It was looked into before, and what was guilty then is not in force now.
bool Court::settled(const Charge& charge, const std::vector<Suspect>& suspects) const {
  const auto known = known_.find(charge.refused->identity);
  if (known == known_.end()) return false;
  return std::none_of(known->second.begin(), known->second.end(), [&](const mesh::Verdict& verdict) {
    return std::any_of(suspects.begin(), suspects.end(),
                       [&](const Suspect& s) { return s.version->key == verdict.key && s.version->digest == verdict.digest; });
  });
}

bool Court::somebody_has(const Resource& resource) const {
  bool has = false;
  for (const auto& stream : registry_.streams())
    stream->inspect([&](const Subscriptions& subscriptions, const Gate&) {
      const auto& acked = subscriptions[static_cast<std::size_t>(resource.type)].acked;
      const ResourcePtr* found = acked ? acked->find(resource.name) : nullptr;
      has = has || (found && (*found)->identity == resource.identity);
    });
  return has;
}

std::optional<bool> Court::judged_good(const Charge& charge) const {
  if (!judge_) return std::nullopt;
  const auto taken = judge_(*charge.refused);
  if (taken == false && charge.before && !judge_(*charge.before).value_or(false)) return std::nullopt;
  return taken;
}

std::vector<Suspect> Court::guilty(const Charge& charge, const mesh::Mesh& mesh, std::vector<Suspect> suspects, bool ask) const {
  std::vector<Suspect> all = likely(std::move(suspects));
  if (all.size() == 1 || !ask) return all;
  for (std::size_t i = 0; i < std::min(all.size(), kMostTries); ++i) {
    const ResourcePtr other = without(all[i], charge, mesh);
    if (other && other->identity == charge.refused->identity) continue;  // it makes no difference
    if (!other || judge_(*other).value_or(false)) return {all[i]};
  }
  return all;
}

}  // namespace amime::delivery
