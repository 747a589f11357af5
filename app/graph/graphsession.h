// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/base/latestjob.h"

#include "core/network/network.h"
#include "core/scalar/expression/expression.h"
#include "core/scalar/networkgraph.h"

#include "widgets/graph/graphcontent.h"

#include <QObject>
#include <QString>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

class QTimer;

namespace chainrule {

/// One sample on its way through a network, to be shown as a graph.
struct SampleSource {
    Network parameters;
    std::vector<double> x;
    int target = 0;
    Loss loss = Loss::CrossEntropy;
    /// Whether the matrix engine's gradients are computed beside the graph's; softmax with cross-entropy
    /// only.
    bool compare = false;
};

/// The Graph page's invisible half: the graph of an expression or of a sample, the walk through it, its
/// numeric checks (in the background), and every change of its leaves.
class GraphSession : public QObject {
    Q_OBJECT

public:
    explicit GraphSession(QObject* parent = nullptr);

    /// Null while there is no graph. The address of the content changes with contentChanged() only.
    [[nodiscard]] const GraphContent* content() const { return m_content.get(); }
    [[nodiscard]] const GraphSelection& selection() const { return m_selection; }

    /// Shows an expression; variables keep the values that they had, new ones are 1. Where it cannot be read,
    /// faultChanged() says so and the last good graph stays.
    void showExpression(const QString& text);
    /// Values for variables, as an example brings them; to be set before its expression.
    void setVariables(const scalar::VariableValues& values);
    [[nodiscard]] const QString& expression() const { return m_text; }
    [[nodiscard]] const scalar::VariableValues& variables() const { return m_values; }

    /// Shows a sample's graph. Numbers alone where the structure is the one that is shown.
    Result<void> showSample(SampleSource source);
    [[nodiscard]] const SampleSource* sample() const { return m_source ? &*m_source : nullptr; }
    /// Pictures for the groups' cards, in their order.
    void setPictures(std::vector<QImage> pictures);
    /// No graph at all.
    void clear();

    void select(const GraphSelection& selection);

    void stepForward();
    void runForward();
    void stepBackward();
    void runBackward();
    void zeroGradients();
    void stepBack();
    void resetWalk();

    /// Changes a leaf that isChangeable().
    void setLeaf(scalar::NodeId node, double value);
    void setVariable(const QString& name, double value);
    void setDescends(scalar::NodeId node, bool moves);
    /// One step of gradient descent: every chosen leaf moves by -rate times the gradient that it shows. A
    /// backward pass that is not complete is completed first.
    void descend(double rate);
    /// Takes all steps of descent back that were made since a leaf was last changed in another way.
    void undescend();
    /// "a, b, c", or "12,730 parameters"; empty where nothing moves.
    [[nodiscard]] QString descendSubject() const;
    /// NaN where there is no graph.
    [[nodiscard]] double rootValue() const;

signals:
    /// Another graph, or none.
    void contentChanged();
    /// The same graph with other numbers or another step of the walk.
    void valuesChanged();
    /// Numeric checks have come in, or leaves were chosen for Descend.
    void notesChanged();
    void selectionChanged(const chainrule::GraphSelection& selection);
    /// The place is in bytes of the expression's UTF-8; an empty message: there is no fault.
    void faultChanged(std::size_t byteOffset, const QString& message);
    /// Descend, or a typed value, has moved a sample's parameters or inputs.
    void sampleEdited(const chainrule::SampleSource& source);

private:
    struct CheckRequest {
        std::uint64_t structure = 0;
        std::uint64_t numbers = 0;
        scalar::Graph graph;
        scalar::NodeId root = scalar::noNode;
        std::vector<scalar::NodeId> nodes;
    };
    struct CheckAnswer {
        std::uint64_t structure = 0;
        std::uint64_t numbers = 0;
        std::vector<scalar::NodeId> nodes;
        std::vector<scalar::GradientCheck> checks; ///< of the nodes; fewer where it was stopped
    };
    using Checker = LatestJob<CheckRequest, CheckAnswer>;
    static CheckAnswer check(const CheckRequest& request, const std::stop_token& stop);

    void take(scalar::NamedGraph named);
    void rebuild();
    void walked();
    void requestChecks();
    void pollChecks();
    [[nodiscard]] double* leafValue(scalar::NodeId node);

    std::unique_ptr<GraphContent> m_content;
    GraphSelection m_selection;
    QString m_text;
    std::string m_goodText; ///< of the expression that is shown
    scalar::VariableValues m_values;
    std::optional<SampleSource> m_source; ///< none: an expression
    /// Where the descent began; empty before its first step.
    std::optional<std::pair<scalar::VariableValues, std::optional<SampleSource>>> m_start;
    std::vector<int> m_variableOf; ///< of each node its index among the variables, or -1
    std::uint64_t m_numbers = 0;   ///< another one whenever values change
    std::uint64_t m_structure = 0; ///< another one for each other graph
    QTimer* m_checkTimer = nullptr;
    Checker m_checker;
};

} // namespace chainrule
