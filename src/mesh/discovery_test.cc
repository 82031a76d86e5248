#include "mesh/discovery.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mesh/mesh.h"
#include "mesh/testing.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::mesh {
namespace {

using namespace testing;

constexpr const char* kWeb = "web.shop.svc.cluster.local";
const ObjectPtr kSelectors = mesh_config(R"({"discoverySelectors": [{"matchLabels": {"mesh": "yes"}}]})");
ObjectPtr web() { return service("shop", "web", "10.0.0.1", {"http:80"}); }

bool selects(const std::string& expression, const Labels& labels) {
  istio::mesh::v1alpha1::LabelSelector written;
  auto* one = written.add_matchexpressions();
  one->set_key("env");
  one->set_operator_(expression);
  if (operator_has_values(expression)) {
    one->add_values("dev");
    one->add_values("test");
  }
  return LabelSelector(written).selects(labels);
}

TEST(LabelSelector, HasTheFourOperatorsOfKubernetes) {
  const Labels dev = {{"env", "dev"}}, live = {{"env", "live"}}, none;
  EXPECT_TRUE(selects("In", dev) && !selects("In", live) && !selects("In", none));
  EXPECT_TRUE(!selects("NotIn", dev) && selects("NotIn", live) && selects("NotIn", none));
  EXPECT_TRUE(selects("Exists", dev) && !selects("Exists", none));
  EXPECT_TRUE(!selects("DoesNotExist", dev) && selects("DoesNotExist", none));
  EXPECT_TRUE(LabelSelector(istio::mesh::v1alpha1::LabelSelector()).selects(none)) << "an empty one selects everything";
}

TEST(Discovery, WithoutSelectorsEverythingTakesPart) {
  const Mesh mesh = mesh_of({web()});
  EXPECT_NE(mesh.services_of(kWeb), nullptr);
  EXPECT_TRUE(mesh.unselected_objects().empty());
}

TEST(Discovery, ObjectsComeAndGoWithTheirNamespacesLabels) {
  Mesh mesh = mesh_of({kSelectors, web(), namespace_object("shop")});
  EXPECT_EQ(mesh.services_of(kWeb), nullptr);
  EXPECT_EQ(mesh.unselected_objects().size(), 1u);
  ChangeSet changes;
  mesh = mesh.apply({add(namespace_object("shop", {{"mesh", "yes"}}))}, &changes);
  EXPECT_NE(mesh.services_of(kWeb), nullptr);
  EXPECT_TRUE(mesh.unselected_objects().empty());
  EXPECT_EQ(std::count(changes.touched.begin(), changes.touched.end(), FactKey{Fact::kService, kWeb}), 1);
  mesh = mesh.apply({add(namespace_object("shop", {{"mesh", "no"}}))});
  EXPECT_EQ(mesh.services_of(kWeb), nullptr);
  mesh = mesh.apply({remove(namespace_object("shop"))});
  EXPECT_EQ(mesh.unselected_objects().size(), 1u) << "kept aside, whatever becomes of its namespace";
}

TEST(Discovery, ObjectsComeAndGoWithTheSelectors) {
  Mesh mesh = mesh_of({web(), namespace_object("shop")}).apply({add(kSelectors)});
  EXPECT_EQ(mesh.services_of(kWeb), nullptr);
  mesh = mesh.apply({add(mesh_config(R"({"discoverySelectors": [{"matchLabels": {"kubernetes.io/metadata.name": "shop"}}]})"))});
  EXPECT_NE(mesh.services_of(kWeb), nullptr) << "the label that Kubernetes gives every namespace";
  mesh = mesh.apply({add(kSelectors), add(mesh_config("{}"))});
  EXPECT_NE(mesh.services_of(kWeb), nullptr);
}

TEST(Discovery, EditsAsideCountOnceTheyTakePart) {
  Mesh mesh = mesh_of({kSelectors, web()});
  ChangeSet changes;
  mesh = mesh.apply({add(service("shop", "web", "10.0.0.2", {"http:80"}))}, &changes);
  EXPECT_TRUE(changes.touched.empty()) << "nobody sees it";
  mesh = mesh.apply({add(namespace_object("shop", {{"mesh", "yes"}})), add(service("shop", "api", "10.0.0.3", {"http:80"}))});
  EXPECT_EQ(mesh.services_of(kWeb)->front()->addresses, std::vector<std::string>{"10.0.0.2"});
  EXPECT_NE(mesh.services_of("api.shop.svc.cluster.local"), nullptr) << "in one change with its namespace";
  mesh = mesh.apply({remove(web())}).apply({add(namespace_object("shop"))}).apply({remove(service("shop", "api", "", {}))});
  EXPECT_TRUE(mesh.unselected_objects().empty());
}

TEST(Discovery, NamespacesNodesAndTheConfigurationAlwaysTakePart) {
  const Mesh mesh = mesh_of({kSelectors, namespace_object("shop"), node("n1", "eu", "a")});
  EXPECT_EQ(mesh.objects().size(), 3u);
}

}  // namespace
}  // namespace amime::mesh
