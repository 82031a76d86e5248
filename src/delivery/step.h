// Step: what leads a stream from one set of resources to another: the difference and its bytes, computed once for all
// streams that make the same step. Immutable but for what is made at first use; any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "delivery/chunks.h"
#include "delivery/memo.h"
#include "delivery/message.h"
#include "translate/resource_set.h"

namespace amime::delivery {

class Step {
 public:
  // `chunks` and `bodies` outlive it.
  Step(translate::ResourceSetPtr from, translate::ResourceSetPtr to, Chunks* chunks, Memo<BodyPtr>* bodies)
      : from_(std::move(from)), to_(std::move(to)), chunks_(chunks), bodies_made_(bodies) {}
  const translate::ResourceSetPtr& from() const { return from_; }
  const translate::ResourceSetPtr& to() const { return to_; }
  const translate::SetDiff& difference() const;
  // Names under which Envoy asks for the endpoints of the clusters that this step sends; sorted, each once.
  const std::vector<std::string>& eds_names() const;
  std::uint64_t eds_digest() const;  // of eds_names()
  // The updated resources, and in the delta form removed_resources. Null when there is nothing.
  const BodyPtr& body(bool sotw) const;
  // The whole of to() in the state-of-the-world form, as clusters and listeners go out there.
  const BodyPtr& whole_sotw() const;

 private:
  BodyPtr make_body(bool sotw) const;
  BodyPtr difference_body(bool sotw) const;
  const translate::ResourceSetPtr from_, to_;
  Chunks* const chunks_;
  Memo<BodyPtr>* const bodies_made_;  // of differences: sets that differ otherwise often make the same step
  mutable std::once_flag diff_once_, names_once_, body_once_[2], whole_once_;
  mutable translate::SetDiff diff_;
  mutable std::vector<std::string> eds_names_;
  mutable std::uint64_t eds_digest_ = 0;
  mutable BodyPtr bodies_[2], whole_;
};
using StepPtr = std::shared_ptr<const Step>;

}  // namespace amime::delivery
