// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QString>
#include <QWidget>

#include <vector>

class QLabel;
class QPushButton;
class QTableView;

namespace chainrule {

/// One class of a data set.
struct DataClass {
    QString name;
    qint64 count = 0;
    QImage mean;                 ///< of its images; null where there are none
    std::vector<QImage> samples; ///< some of them
    bool isAll = false;          ///< all classes together, for comparison
};

/// One column of a table of features, in the table's own numbers.
struct DataFeature {
    QString name;
    double least = 0.0;
    double mean = 0.0;
    double largest = 0.0;
    double deviation = 0.0;
};

/// What there is to be seen of a data set before anything is trained.
struct DataSummary {
    QString title;
    QString about;     ///< how many, of what, in how many classes
    QString note;      ///< what a person should know about how it was read; mostly empty
    QString meanTitle; ///< what the classes' mean pictures are
    std::vector<DataClass> classes;
    std::vector<DataFeature> features;
};

class Card;
class DataClassModel;
class DataFeatureModel;

/// A data set at a glance: every class with its count, its mean and some of its samples; of tables also every
/// feature with its range. With a button that leads away from it.
class DataPreview : public QWidget {
    Q_OBJECT

public:
    explicit DataPreview(QWidget* parent = nullptr);

    void setSummary(const DataSummary& summary);
    /// In place of a summary, while there is none: why.
    void setWaiting(const QString& why);

    [[nodiscard]] QTableView* classTable() const { return m_classes; }
    [[nodiscard]] QTableView* featureTable() const { return m_features; }
    [[nodiscard]] QPushButton* closeButton() const { return m_close; }

signals:
    void closeWanted();

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();

    QLabel* m_title = nullptr;
    QLabel* m_about = nullptr;
    QLabel* m_note = nullptr;
    QPushButton* m_close = nullptr;
    Card* m_classCard = nullptr;
    Card* m_featureCard = nullptr;
    QTableView* m_classes = nullptr;
    QTableView* m_features = nullptr;
    DataClassModel* m_classModel = nullptr;
    DataFeatureModel* m_featureModel = nullptr;
};

} // namespace chainrule
