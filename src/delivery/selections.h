// Selections: what streams have in common when they pick resources: which of a set a subscription selects, what leads
// from one set to another. Everything is computed once for all streams that ask the same, and sets come out interned.
// Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/string_hash.h"
#include "delivery/memo.h"
#include "delivery/names.h"
#include "delivery/step.h"
#include "translate/resource_set.h"

namespace amime::delivery {

// Which resources of a type a stream is to have.
struct Filter {
  bool all = false;   // wildcard
  NameSetPtr names;   // by name; never null
  NameSetPtr tables;  // virtual hosts only: all of these route tables (resource TABLE/NAME); null: none
  bool matches(std::string_view name) const;
  std::uint64_t digest() const;
};

// The route table of a virtual host's resource: TABLE of TABLE/NAME; NAME has no slash.
std::string_view table_of(std::string_view virtual_host);
using TableNames = std::unordered_set<std::string, base::StringHash, std::equal_to<>>;

class Selections {
 public:
  Selections();
  const translate::ResourceSetPtr& empty() const { return empty_; }

  // The resources of `set` that the filter takes. `before` and its selection `selected`, if not null, spare looking at
  // what did not change since.
  translate::ResourceSetPtr select(const translate::ResourceSetPtr& set, const Filter& filter,
                                   const translate::ResourceSetPtr& before = nullptr, const translate::ResourceSetPtr& selected = nullptr);
  // The same for a filter that differs from that of `selected` by `added` names only.
  translate::ResourceSetPtr extend(const translate::ResourceSetPtr& selected, const translate::ResourceSetPtr& set, const Filter& filter,
                                   std::span<const std::string_view> added);
  StepPtr step(const translate::ResourceSetPtr& from, const translate::ResourceSetPtr& to);
  // Names of the filter that `selected`, its selection, does not have; sorted.
  std::shared_ptr<const std::vector<std::string>> missing(const translate::ResourceSetPtr& selected, const Filter& filter);
  // The route tables that these virtual hosts are in.
  std::shared_ptr<const TableNames> tables(const translate::ResourceSetPtr& hosts);
  // `set` without these.
  translate::ResourceSetPtr without(const translate::ResourceSetPtr& set, const std::vector<std::string>& names);
  // `endpoints` without those of the clusters that `clusters` sends.
  translate::ResourceSetPtr without_endpoints(const translate::ResourceSetPtr& endpoints, const StepPtr& clusters);
  // What a reconnecting proxy says it has: what is in `selected` in that version, and unknown resources for the rest.
  translate::ResourceSetPtr possession(translate::Type type, const translate::ResourceSetPtr& selected,
                                       std::span<const std::pair<std::string, std::string>> versions);

  // `base` with these put in and taken out, interned.
  translate::ResourceSetPtr edit(const translate::ResourceSetPtr& base, const std::vector<translate::ResourcePtr>& updated,
                                 const std::vector<std::string>& removed) {
    return interner_.edit(*base, updated, removed);
  }

  // Lets go of what is only kept in case somebody asks again.
  void trim();

 private:
  translate::ResourceSetPtr do_select(const translate::ResourceSetPtr& set, const Filter& filter, const translate::ResourceSetPtr& before,
                                      const translate::ResourceSetPtr& selected);
  const std::uint64_t seed_;
  translate::Interner interner_;
  translate::ResourceSetPtr empty_;
  Chunks chunks_;
  Memo<translate::ResourceSetPtr> selections_, reductions_;
  Memo<StepPtr> steps_;
  Memo<std::shared_ptr<const std::vector<std::string>>> missing_;
  Memo<std::shared_ptr<const TableNames>> tables_;
  Memo<BodyPtr> bodies_;
  Memo<translate::ResourceSetPtr> possessions_;
};

}  // namespace amime::delivery
