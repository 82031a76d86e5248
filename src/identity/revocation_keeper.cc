#include "identity/revocation_keeper.h"

#include <fmt/format.h>

#include "base/log.h"
#include "identity/private_file.h"

namespace amime::identity {

absl::Status RevocationKeeper::check(const std::shared_ptr<const Authority>& authority, Time now) {
  if (file_.empty()) return absl::OkStatus();
  const auto text = read_private_file(file_, true);  // not private, but bounded
  if (absl::IsNotFound(text.status()))
    return current_.get() == nullptr ? absl::OkStatus() : absl::NotFoundError(fmt::format("{}: the revocation lists are gone", file_));
  if (!text.ok()) return text.status();
  if (text->reveal() == last_ && authority == whose_) return absl::OkStatus();
  auto lists = RevocationList::parse(text->reveal(), authority->authorities(), now);
  if (!lists.ok()) return absl::InvalidArgumentError(fmt::format("{}: {}", file_, std::string(lists.status().message())));
  for (const auto& remark : (*lists)->remarks()) base::log_warn("identity", "{}: {}", file_, remark);
  last_ = text->reveal(), whose_ = authority;
  current_.publish(*std::move(lists));
  base::log_info("identity", "{}: the revocation lists are in force", file_);
  return absl::OkStatus();
}

}  // namespace amime::identity
