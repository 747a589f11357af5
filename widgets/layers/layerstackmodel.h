// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/layers.h"
#include "core/network/losses.h"
#include "core/network/optimizers.h"

#include <QAbstractListModel>

namespace chainrule {

/// The activation's name for people: "ReLU", "Softmax".
[[nodiscard]] QString activationText(Activation activation);
/// The same within a sentence: no capital unless the whole name has them.
[[nodiscard]] QString activationWord(Activation activation);
/// What it does, and its formula.
[[nodiscard]] QString activationSummary(Activation activation);

/// The optimizer's name for people: "SGD", "Momentum"; and what it does.
[[nodiscard]] QString optimizerText(OptimizerKind optimizer);
[[nodiscard]] QString optimizerSummary(OptimizerKind optimizer);

/// The loss's name for people: "Cross-entropy".
[[nodiscard]] QString lossText(Loss loss);

/// A layer stack as a list: row 0 the input, then the layers, the last row the output. It is never
/// edited through the model: dropping a layer elsewhere only proposes the move, and whoever owns the stack
/// answers with setStack().
class LayerStackModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role {
        ChipRole = Qt::UserRole + 1, ///< QString: the picture's size or the activation
        CountRole,                   ///< QString: values of the input, parameters of a layer
        ShapeRole,                   ///< QString: "128 × 784 weights + 128 biases"
        MovableRole                  ///< bool: a layer between input and output
    };

    explicit LayerStackModel(QObject* parent = nullptr);

    /// Shows another stack. What is the same stays the same: rows are inserted, removed or moved where that
    /// is the difference, so that selections survive. `imageWidth` and `imageHeight` describe the input;
    /// where they are no picture's (a height below 2) or not the stack's, the input is a row of features.
    void setStack(const LayerStack& stack, int imageWidth, int imageHeight);
    [[nodiscard]] const LayerStack& stack() const { return m_stack; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

    [[nodiscard]] Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData* mimeData(const QModelIndexList& indexes) const override;
    [[nodiscard]] bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                                       const QModelIndex& parent) const override;
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                      const QModelIndex& parent) override;

signals:
    /// The hidden layer in row `from` was dropped so that it would end up in row `to`.
    void moveProposed(int from, int to);

private:
    [[nodiscard]] bool isPicture() const;
    [[nodiscard]] QString nameText(int row) const;
    [[nodiscard]] QString dropoutPercent(int row) const;
    [[nodiscard]] QString chipText(int row) const;
    [[nodiscard]] QString countText(int row) const;
    [[nodiscard]] QString shapeText(int row) const;
    [[nodiscard]] QString spokenText(int row) const;
    [[nodiscard]] int draggedRow(const QMimeData* data) const;
    void replaceLayers(const LayerStack& stack);

    LayerStack m_stack;
    int m_imageWidth = 0;
    int m_imageHeight = 0;
};

} // namespace chainrule
