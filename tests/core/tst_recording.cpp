// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/replay/recording.h"

#include <QtTest>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace chainrule::scalar;

/// Recording and walking back fast gives the lesson's nodes, values and gradients to the last bit.
class TestRecording : public QObject {
    Q_OBJECT

    static bool sameBits(double a, double b)
    {
        return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
    }

    static void verifySame(const Graph& fast, const Graph& lesson)
    {
        QCOMPARE(fast.nodes.size(), lesson.nodes.size());
        for (std::size_t i = 0; i < fast.nodes.size(); ++i) {
            QCOMPARE(fast.nodes[i].op, lesson.nodes[i].op);
            QCOMPARE(fast.nodes[i].parents, lesson.nodes[i].parents);
            QVERIFY(sameBits(fast.nodes[i].data, lesson.nodes[i].data));
            QVERIFY(sameBits(fast.nodes[i].grad, lesson.nodes[i].grad));
        }
    }

private slots:
    void asTheLesson()
    {
        for (const std::size_t count : {1, 2, 15, 16, 17, 100}) {
            Graph lesson;
            std::vector<NodeId> weights;
            std::vector<NodeId> inputs;
            for (std::size_t i = 0; i < count; ++i) {
                weights.push_back(createValue(lesson, 0.1 + 0.37 * static_cast<double>(i)));
                inputs.push_back(createValue(lesson, i % 3 == 0 ? 0.0 : 1.0 / static_cast<double>(i)));
            }
            const NodeId bias = createValue(lesson, -0.3);
            Graph fast = lesson;
            NodeId sum = bias;
            for (std::size_t i = 0; i < count; ++i)
                sum = add(lesson, sum, multiply(lesson, weights[i], inputs[i]));
            QCOMPARE(recordProducts(fast, bias, weights, inputs), sum);
            const NodeId root = tanh(lesson, sum);
            QCOMPARE(tanh(fast, sum), root);
            for (int pass = 0; pass < 2; ++pass) { // the second on top of the first one's gradients
                backward(lesson, root);
                backwardAlongChains(fast, root);
                verifySame(fast, lesson);
            }
        }
    }

    void chainsThatAreNone()
    {
        // Sums and products that other nodes use as well, or each other.
        Graph lesson;
        const NodeId a = createValue(lesson, 0.7);
        const NodeId b = createValue(lesson, -1.3);
        const NodeId first = add(lesson, a, multiply(lesson, a, b));
        const NodeId square = multiply(lesson, first, first);
        const NodeId second = add(lesson, first, square);
        const NodeId third = add(lesson, second, multiply(lesson, square, second));
        const NodeId twice = multiply(lesson, third, b);
        const NodeId doubled = add(lesson, twice, twice);
        static_cast<void>(add(lesson, doubled, multiply(lesson, a, third))); // not of the root
        const NodeId root = add(lesson, doubled, multiply(lesson, square, a));
        Graph fast = lesson;
        backward(lesson, root);
        backwardAlongChains(fast, root);
        verifySame(fast, lesson);
    }
};

QTEST_GUILESS_MAIN(TestRecording)
#include "tst_recording.moc"
