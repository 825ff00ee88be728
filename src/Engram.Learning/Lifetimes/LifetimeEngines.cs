using System.Numerics;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>Makes engines of one kind.</summary>
public interface ILifetimeEngineFactory
{
    /// <summary>Whether engines of this kind run that learner on that network.</summary>
    bool Supports(ParameterLayout layout);

    /// <summary>Makes an engine.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <exception cref="EngramException">The learner's options name something that is not registered, or do not fit the network.</exception>
    ILifetimeEngine<T> Create<T>(ParameterLayout layout)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>The lifetime engines there are, by name.</summary>
public static class LifetimeEngines
{
    /// <summary>Names of engines, fastest first: what <see cref="Create"/> tries in order.</summary>
    private static readonly string[] Preference = ["tape"];

    /// <summary>All engines; each must give the same outcome and meta-gradient.</summary>
    public static Registry<ILifetimeEngineFactory> Registry { get; } = WithBuiltIns();

    /// <summary>Makes an engine for a learner on a network.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="layout">The learner and the network.</param>
    /// <param name="name">Name of the engine; null for the fastest that runs the learner.</param>
    /// <exception cref="EngramException">There is no engine of that name, it does not run the learner, or the learner's options do not fit.</exception>
    public static ILifetimeEngine<T> Create<T>(ParameterLayout layout, string? name = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        name ??= Preference.First(p => Registry.Get(p).Supports(layout));
        ILifetimeEngineFactory factory = Registry.Get(name);
        return factory.Supports(layout)
            ? factory.Create<T>(layout)
            : throw new EngramException($"Found a learner that the lifetime engine '{name}' does not run; use the engine 'tape', which runs all.");
    }

    private static Registry<ILifetimeEngineFactory> WithBuiltIns()
    {
        var registry = new Registry<ILifetimeEngineFactory>("lifetime engine");
        registry.Register("tape", new TapeFactory(), "step by step on small tapes, memory growing with √T; runs every learner and rule");
        registry.Register("whole-lifetime", new WholeLifetimeFactory(), "a whole lifetime on one tape; the definition the others are tested against");
        return registry;
    }

    private sealed class TapeFactory : ILifetimeEngineFactory
    {
        public bool Supports(ParameterLayout layout) => true;

        public ILifetimeEngine<T> Create<T>(ParameterLayout layout)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new TapeLifetimeEngine<T>(layout);
    }

    private sealed class WholeLifetimeFactory : ILifetimeEngineFactory
    {
        public bool Supports(ParameterLayout layout) => true;

        public ILifetimeEngine<T> Create<T>(ParameterLayout layout)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new WholeLifetimeEngine<T>(layout);
    }
}
