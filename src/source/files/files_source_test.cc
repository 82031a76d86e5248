#include "source/files/files_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "source/files/testing.h"

namespace amime::source {
namespace {

using files::TestDirectory;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::string service(const std::string& name, int port = 80) {
  return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + "}\nspec: {ports: [{port: " + std::to_string(port) + "}]}\n---\n";
}

class FilesSourceTest : public testing::Test {
 protected:
  FilesSourceTest() {
    options.directory = dir / "conf";
    options.state_dir = dir / "state";
    options.look_again = seconds(1000);  // what is not watched must fail a test
    dir.make("conf");
  }
  absl::Status start() {
    source = std::make_unique<FilesSource>(options);
    return source->start([this](Batch batch) {
      std::lock_guard lock(mutex);
      ++batches;
      for (const auto& change : batch.changes) {
        if (change.object)
          state[change.key.name] = change.object;
        else
          state.erase(change.key.name);
      }
      happened.notify_all();
    });
  }
  // "a:80 b:81" of the services known.
  std::string known() {
    std::string out;
    for (const auto& [name, object] : state)
      if (object->key.kind == mesh::Kind::kService)
        out += (out.empty() ? "" : " ") + name + ":" + std::to_string(object->as<mesh::KubeService>().ports[0].port);
    return out;
  }
  std::string now_known() {
    std::lock_guard lock(mutex);
    return known();
  }
  bool becomes(const std::string& expected) {
    std::unique_lock lock(mutex);
    const bool came = happened.wait_for(lock, seconds(10), [&] { return known() == expected; });
    if (!came) ADD_FAILURE() << "is " << known();
    return came;
  }
  // Waits for the status, which follows its batch.
  template <class F>
  bool status_becomes(F&& f) {
    const auto until = std::chrono::steady_clock::now() + seconds(10);
    while (!f(*source->status())) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  // Waits until the source has seen all that was done before: a marker file comes last.
  void settle() {
    const std::string name = "zz" + std::to_string(++markers);
    dir.replace("conf/" + name + ".yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + "}\n");
    std::unique_lock lock(mutex);
    ASSERT_TRUE(happened.wait_for(lock, seconds(10), [&] { return state.contains(name); }));
  }

  TestDirectory dir;
  FilesOptions options;
  std::mutex mutex;
  std::condition_variable happened;
  std::map<std::string, mesh::ObjectPtr> state;
  int batches = 0;
  int markers = 0;
  std::unique_ptr<FilesSource> source;
};

TEST_F(FilesSourceTest, FirstBatchIsEverything) {
  dir.write("conf/a.yaml", service("a") + service("b"));
  dir.make("conf/sub");
  dir.write("conf/sub/c.json",
            "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"c\"},\"spec\":{\"ports\":[{\"port\":1}]}}");
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(batches, 1);
  EXPECT_EQ(now_known(), "a:80 b:80 c:1");
  EXPECT_TRUE(status_becomes([](const auto& s) { return s.ready() && s.objects == 3 && s.files == 2; }));
}

TEST_F(FilesSourceTest, EveryWayToChangeAFile) {
  dir.write("conf/a.yaml", service("a"));
  dir.write("conf/b.yaml", service("b"));
  ASSERT_TRUE(start().ok());
  dir.write("conf/a.yaml", service("a", 1));
  becomes("a:1 b:80");
  dir.replace("conf/a.yaml", service("a", 2));
  becomes("a:2 b:80");
  dir.write("conf/n.yaml", service("n"));
  becomes("a:2 b:80 n:80");
  std::filesystem::rename(dir / "conf/n.yaml", dir / "conf/m.yaml");
  settle();
  dir.write("outside.yaml", service("h"));
  std::filesystem::create_hard_link(dir / "outside.yaml", dir / "conf/h.yaml");
  becomes("a:2 b:80 h:80 n:80");
  dir.remove("conf/h.yaml");
  becomes("a:2 b:80 n:80");
  std::filesystem::rename(dir / "conf/m.yaml", dir / "conf/m.bak");
  becomes("a:2 b:80");
}

TEST_F(FilesSourceTest, UnlinkAndCreateIsNoDeletion) {
  dir.write("conf/a.yaml", service("a"));
  dir.write("conf/b.yaml", service("b"));
  ASSERT_TRUE(start().ok());
  dir.remove("conf/a.yaml");
  dir.write("conf/a.yaml", service("a", 2));
  becomes("a:2 b:80");
  EXPECT_EQ(batches, 2) << "no deletion in between";
}

TEST_F(FilesSourceTest, SubDirectoriesComeAndGo) {
  dir.write("conf/a.yaml", service("a"));
  dir.write("conf/z.yaml", service("z"));
  ASSERT_TRUE(start().ok());
  dir.make("conf/sub/deep");
  dir.write("conf/sub/deep/b.yaml", service("b"));
  becomes("a:80 b:80 z:80");
  dir.write("conf/sub/deep/b.yaml", service("b", 1));
  becomes("a:80 b:1 z:80");
  dir.make("moved");
  dir.write("moved/c.yaml", service("c"));
  std::filesystem::rename(dir / "moved", dir / "conf/moved");
  becomes("a:80 b:1 c:80 z:80");
  dir.remove("conf/sub");
  becomes("a:80 c:80 z:80");
}

TEST_F(FilesSourceTest, MountedConfigMapIsSwitched) {
  dir.make("conf/..1");
  dir.write("conf/..1/x.yaml", service("a") + service("b"));
  dir.link("..1", "conf/..data");
  dir.link("..data/x.yaml", "conf/x.yaml");
  ASSERT_TRUE(start().ok());
  dir.make("conf/..2");
  dir.write("conf/..2/x.yaml", service("a", 2) + service("c"));
  dir.relink("..2", "conf/..data");
  dir.remove("conf/..1");
  becomes("a:2 c:80");
}

TEST_F(FilesSourceTest, TheDirectoryItselfIsALinkThatIsSwitched) {
  dir.make("one/sub");
  dir.make("two/sub");
  dir.write("one/sub/x.yaml", service("a"));
  dir.write("two/sub/x.yaml", service("a", 2));
  dir.link("one", "current");
  options.directory = dir / "current/sub/";
  ASSERT_TRUE(start().ok());
  dir.relink("two", "current");
  becomes("a:2");
  dir.write("two/sub/x.yaml", service("a", 3));
  becomes("a:3");
}

TEST_F(FilesSourceTest, ALinkedFileElsewhereIsWatched) {
  dir.write("elsewhere.yaml", service("a"));
  dir.link(dir / "elsewhere.yaml", "conf/a.yaml");
  ASSERT_TRUE(start().ok());
  dir.write("elsewhere.yaml", service("a", 2));
  becomes("a:2");
  dir.replace("elsewhere.yaml", service("a", 3));
  becomes("a:3");
}

TEST_F(FilesSourceTest, ABadFileKeepsTheLastGoodAcrossARestart) {
  dir.write("conf/a.yaml", service("a"));
  dir.write("conf/b.yaml", service("b"));
  ASSERT_TRUE(start().ok());
  dir.replace("conf/a.yaml", "a: [");
  ASSERT_TRUE(status_becomes([](const auto& s) { return s.held.size() == 1 && s.errors() == 1; }));
  EXPECT_EQ(source->status()->problems[0].file, "a.yaml");
  settle();
  EXPECT_EQ(now_known(), "a:80 b:80");
  source.reset();
  state.clear();
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(now_known(), "a:80 b:80");
  EXPECT_TRUE(status_becomes([](const auto& s) { return s.held.size() == 1; }));
  dir.replace("conf/a.yaml", service("a", 2));
  becomes("a:2 b:80");
  source.reset();
  dir.replace("conf/a.yaml", "a: [");
  state.clear();
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(now_known(), "b:80") << "the record was dropped when the object was good again";
}

TEST_F(FilesSourceTest, ADirectoryThatVanishesIsLostAndMayComeBack) {
  dir.write("conf/a.yaml", service("a"));
  ASSERT_TRUE(start().ok());
  std::filesystem::rename(dir / "conf", dir / "away");
  ASSERT_TRUE(status_becomes([](const auto& s) { return !s.lost.empty(); }));
  EXPECT_FALSE(source->status()->ready());
  EXPECT_EQ(now_known(), "a:80");
  dir.write("away/a.yaml", service("a", 2));
  std::filesystem::rename(dir / "away", dir / "conf");
  becomes("a:2");
  EXPECT_TRUE(status_becomes([](const auto& s) { return s.lost.empty(); }));
  dir.remove("conf");
  ASSERT_TRUE(status_becomes([](const auto& s) { return !s.lost.empty(); }));
  source.reset();
  state.clear();
  ASSERT_TRUE(start().ok()) << "what was lost is recorded";
  EXPECT_EQ(now_known(), "a:2");
  dir.make("conf");
  dir.write("conf/a.yaml", service("a", 3));
  becomes("a:3");
}

TEST_F(FilesSourceTest, LosingMostFilesIsNotBelieved) {
  for (int i = 0; i < 25; ++i) dir.write("conf/" + std::to_string(i) + ".yaml", service("s" + std::to_string(i)));
  ASSERT_TRUE(start().ok());
  for (int i = 0; i < 20; ++i) dir.remove("conf/" + std::to_string(i) + ".yaml");
  ASSERT_TRUE(status_becomes([](const auto& s) { return !s.lost.empty(); }));
  EXPECT_EQ(state.size(), 25u);
  EXPECT_EQ(source->status()->held.size(), 20u);
}

TEST_F(FilesSourceTest, MeshConfigIsWatchedAndNoObjectFile) {
  options.mesh_config_file = dir / "conf/mesh.yaml";
  dir.write("conf/mesh.yaml", "accessLogFile: /dev/stdout\n");
  dir.write("conf/a.yaml", service("a"));
  ASSERT_TRUE(start().ok());
  ASSERT_TRUE(state.contains("istio"));
  const auto before = state["istio"]->digest;
  dir.replace("conf/mesh.yaml", "accessLogFile: /dev/stderr\n");
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(happened.wait_for(lock, seconds(10), [&] { return state["istio"]->digest != before; }));
  }
  dir.remove("conf/mesh.yaml");
  EXPECT_TRUE(status_becomes([](const auto& s) { return s.held.size() == 1; }));
  EXPECT_TRUE(state.contains("istio"));
}

TEST_F(FilesSourceTest, StrictRefusesToStart) {
  dir.write("conf/a.yaml", service("a") + "kind: Pod\n---\nkind: Pod\n");
  options.strict = true;
  const absl::Status status = start();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("a.yaml:6: apiVersion: is required\na.yaml:8"));
  EXPECT_EQ(batches, 0);
}

TEST_F(FilesSourceTest, MissingAtTheStart) {
  options.directory = dir / "none";
  EXPECT_EQ(start().code(), absl::StatusCode::kNotFound);
  options.directory = dir / "conf";
  options.mesh_config_file = dir / "none.yaml";
  EXPECT_EQ(start().code(), absl::StatusCode::kNotFound);
}

TEST_F(FilesSourceTest, AFileThatIsStillBeingWrittenIsReadWhenItIsClosed) {
  dir.write("conf/a.yaml", service("a"));
  ASSERT_TRUE(start().ok());
  std::ofstream slow(dir / "conf/slow.yaml");
  slow << service("b", 1) << std::flush;
  settle();
  EXPECT_EQ(now_known(), "a:80");
  slow << service("c", 2);
  slow.close();
  becomes("a:80 b:1 c:2");
}

TEST_F(FilesSourceTest, ABurstArrivesWhole) {
  ASSERT_TRUE(start().ok());
  std::string all;
  for (int i = 100; i < 400; ++i) {
    dir.replace("conf/" + std::to_string(i) + ".yaml", service("s" + std::to_string(i)));
    all += (all.empty() ? "s" : " s") + std::to_string(i) + ":80";
  }
  becomes(all);
}

TEST_F(FilesSourceTest, StopEndsAtOnce) {
  ASSERT_TRUE(start().ok());
  const auto begin = std::chrono::steady_clock::now();
  source->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
  dir.write("conf/a.yaml", service("a"));
  source->stop();
  EXPECT_EQ(batches, 1);
}

}  // namespace
}  // namespace amime::source
