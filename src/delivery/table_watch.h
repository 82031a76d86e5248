// TableWatch: what one delta stream must remember of route tables, so that their virtual hosts arrive when Envoy can take
// them (docs/decisions/0002): a table that was newly asked for is cold until one message names it, and what a reconnecting
// proxy says of hosts counts only for tables that it has. Without a lock of its own: it belongs to its stream.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delivery/selections.h"
#include "delivery/subscription.h"

namespace amime::delivery {

class TableWatch {
 public:
  // The proxy asks for these tables anew: it has none of their hosts.
  void asked(const std::vector<std::string_view>& tables, Subscription& hosts, Selections& selections);
  // The proxy reconnects and says that it has these.
  void claimed(const std::vector<std::pair<std::string_view, std::string_view>>& tables);
  // The proxy wants these no more: the versions of their hosts that it remembers must be taken from it.
  void dropped(const std::vector<std::string_view>& tables, Subscription& hosts, Selections& selections);
  // Voids what is claimed of hosts whose table the proxy does not have; its tables without any claimed host are cold.
  void review(std::vector<std::pair<std::string, std::string>>& claims);
  // Whether one of the tables sent (`tables`) waits for a message that names it.
  bool waiting(const translate::ResourceSet& tables) const;
  // For the message that brings `hosts` to the proxy: the removals that release the sent tables without hosts. The tables
  // are warm then.
  std::vector<std::string> release(const translate::ResourceSet& tables, const translate::ResourceSetPtr& hosts, Selections& selections);

 private:
  std::set<std::string, std::less<>> cold_;
  std::set<std::string, std::less<>> trusted_;  // claimed tables, until the claims of hosts were reviewed
};

}  // namespace amime::delivery
