"""A life that Engram records, lived again in numpy from the equations of the design: nothing of Engram computes here."""

import unittest

import numpy as np

from .support import TINY, classes, connect, engram

TOLERANCE = 1e-6


def relu(z):
    return np.maximum(z, 0)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class NumpyLife:
    """x_i = ReLU(x_{i-1} W_iᵀ + b_i), the output linear; plastic layers change after every batch."""

    def __init__(self, life, layers, classification):
        self.meta = {name[5:]: np.asarray(values, np.float64) for name, values in life.items() if name.startswith("meta.")}
        self.layers, self.classification = layers, classification
        self.plastic = list(range(int(life.metadata["frozen_layers"]), layers))
        self.w = {i: self.meta[f"layer{i}.weight"].copy() for i in range(layers)}
        self.b = {i: self.meta[f"layer{i}.bias"].copy() for i in range(layers)}

    def forward(self, x):
        activities = [x]
        for i in range(self.layers):
            z = activities[-1] @ self.w[i].T + self.b[i]
            activities.append(relu(z) if i + 1 < self.layers else z)
        return activities

    def answer(self, x, y):
        output = self.forward(x)[-1]
        if self.classification:
            return output, -np.mean(np.log(softmax(output)[np.arange(len(y)), y.argmax(axis=1)]))
        return output, np.mean((output - y) ** 2)

    def step_by_oja(self, x, y):
        """f = ReLU(s Bᵀ + c), x̃ = (1 − β) x + β f, the output's class clamped; ΔW = α ∘ (pᵀa − d 1ᵀ ∘ W)."""
        activities = self.forward(x)
        signal = y if self.classification else y - activities[-1]
        shown, change = {}, {}
        for i in self.plastic:
            before = activities[i + 1]
            feedback = relu(signal @ self.meta[f"layer{i}.feedback0.weight"].T + self.meta[f"layer{i}.feedback0.bias"]) \
                if f"layer{i}.feedback0.weight" in self.meta else None
            if self.classification and i == self.layers - 1:
                after = y
            else:
                beta = self.meta[f"layer{i}.beta"]
                after = (1 - beta) * before + beta * feedback
            shown[i] = (before, feedback, after)
            a, d = activities[i], (after ** 2).sum(axis=0)
            change[i] = self.meta[f"layer{i}.alpha"] * (after.T @ a - d[:, None] * self.w[i])
        for i in self.plastic:
            self.w[i] += change[i]
        return shown

    def step_by_gradient(self, x, y):
        """W ← W − α ∘ ∂ℓ/∂W, and b likewise; ℓ the batch's mean squared error or cross-entropy."""
        activities = self.forward(x)
        output = activities[-1]
        adjoint = (softmax(output) - y) / len(x) if self.classification else 2 * (output - y) / output.size
        shown, change = {i: (activities[i + 1], None, None) for i in self.plastic}, {}
        for i in reversed(self.plastic):
            change[i] = (adjoint.T @ activities[i], adjoint.sum(axis=0))
            if i > self.plastic[0]:
                adjoint = (adjoint @ self.w[i]) * (activities[i] > 0)
        for i in self.plastic:
            self.w[i] -= self.meta[f"layer{i}.alpha"] * change[i][0]
            self.b[i] -= self.meta[f"layer{i}.alpha_bias"] * change[i][1]
        return shown


class LiveTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        connect()

    def assert_close(self, expected, found, what):
        self.assertEqual(np.shape(expected), np.shape(found), what)
        difference = np.max(np.abs(np.asarray(expected) - found) / np.maximum(1, np.abs(expected)))
        self.assertLessEqual(difference, TOLERANCE, what)

    def relive(self, run, gradient, classification, lifetime=1):
        life = run.live(lifetime)
        own = NumpyLife(life, layers=3, classification=classification)
        inputs, targets = life["stream.input"].astype(float), life["stream.target"].astype(float)
        self.assertEqual(life.inner_steps, len(inputs))
        self.assertEqual(list(range(life.inner_steps + 1)), life.moments.tolist())
        query, asked = life["query.input"].astype(float), life["query.target"].astype(float)
        for t in range(life.inner_steps + 1):
            output, loss = own.answer(query, asked)
            self.assert_close(output, life.answers[t], f"answers at {t}")
            self.assert_close(loss, life.loss[t], f"loss at {t}")
            for i in own.plastic:
                self.assert_close(own.w[i], life.weights[i][t], f"weights of layer {i} at {t}")
            if t == life.inner_steps:
                break
            before = own.forward(inputs[t])
            self.assert_close(before[-1], life.outputs[t], f"outputs of {t}")
            shown = (own.step_by_gradient if gradient else own.step_by_oja)(inputs[t], targets[t])
            for i, (activity, feedback, after) in shown.items():
                self.assert_close(activity, life.activities[i][t], f"activity of layer {i} in {t}")
                if feedback is not None and i in life.feedback:
                    self.assert_close(feedback, life.feedback[i][t], f"feedback of layer {i} in {t}")
                if after is not None:
                    self.assert_close(after, life.after_feedback[i][t], f"activity after feedback of layer {i} in {t}")
        self.assert_close(life.loss[-1], life.query_loss, "loss after life")
        self.assertGreater(np.abs(life.weights[2][-1] - life.weights[2][0]).max(), 1e-4, "the life changes nothing")
        return life

    def test_oja_life_is_lived_again(self):
        life = self.relive(engram.train(TINY, progress=False)[0], gradient=False, classification=False)
        self.assertEqual([1, 2], sorted(life.feedback))
        self.assertGreater(np.abs(life.feedback[1]).max(), 0)

    def test_gradient_life_is_lived_again(self):
        recipe = {**TINY, "learner": {"name": "gradient"}, "initialization": {"hidden-plasticity": 1e-2, "readout-plasticity": 2e-2}}
        life = self.relive(engram.train(recipe, progress=False)[0], gradient=True, classification=False)
        self.assertEqual({}, life.feedback)

    def test_lives_of_classes_are_lived_again(self):
        task = engram.task(*classes())
        for learner, plasticity in (("flp", 1e-2), ("gradient", 0.1)):
            recipe = {**{k: v for k, v in TINY.items() if k != "task"}, "learner": {"name": learner},
                      "initialization": {"hidden-plasticity": plasticity, "readout-plasticity": plasticity}}
            with self.subTest(learner=learner):
                self.relive(engram.train(recipe, task=task, progress=False)[0], gradient=learner == "gradient", classification=True)

    def test_feature_reuse_and_own_rule_are_recorded(self):
        for learner in ({"name": "feature-reuse"}, {"name": "flp", "rule": "bcm"}):
            recipe = {**TINY, "learner": learner, "network": {"hidden-widths": [6, 5], "plastic-layers": 1 if "rule" not in learner else 2}}
            life = engram.train(recipe, progress=False)[0].live(0)
            self.assertEqual(life.loss.shape, (life.inner_steps + 1,))
            self.assertTrue("rule" not in learner or "state.layer1.theta" in life)

    def test_parts_and_moments_can_be_chosen(self):
        run = engram.train(TINY, progress=False)[0]
        whole, some = run.live(0), run.live(0, every=3, parts=["states", "answers"])
        self.assertEqual([0, 3, 6, 9, 12, 15, 16], some.moments.tolist())
        np.testing.assert_array_equal(whole.weights[1][[0, 3, 6, 9, 12, 15, 16]], some.weights[1])
        np.testing.assert_array_equal(whole.answers[15], some.answers[5])
        self.assertFalse(any(name.startswith(("step.", "stream.input", "stream.layer")) for name in some))
        self.assertNotEqual(whole.metadata["life"], run.live(1).metadata["life"])
        with self.assertRaisesRegex(engram.EngramError, r"MiB that were allowed; keep fewer moments"):
            run.live(0, memory_bytes=1000)


if __name__ == "__main__":
    unittest.main()
