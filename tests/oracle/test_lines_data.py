"""``x.data = v`` and views taken before ``requires_grad_()``, line by line against PyTorch."""

from tests.oracle.lines import comparisons, table

PROGRAMS = table("""
data shares | x=T.zeros(3); v=t([1.,2.,3.]); x.data=v; v[0]=9.; R=x,v; x[1]=7.; R=R,x,v
data shares, in place | x=T.zeros(3); v=t([1.,2.,3.]); x.data=v; v.mul_(2); R=x.clone(),v.clone(); x.add_(1); R=R,x,v
data of a parameter | p=nn.Parameter(T.zeros(3)); v=t([1.,2.,3.]); p.data=v; v[0]=9.; R=p,v,v.requires_grad
data and an optimizer | p=nn.Parameter(T.zeros(3)); v=t([1.,2.,3.]); p.data=v; o=T.optim.SGD([p],.1); (p**2).sum().backward(); o.step(); R=p,v; v.zero_(); R=R,p
data and Adam | p=nn.Parameter(T.zeros(3)); v=t([1.,2.,3.]); p.data=v; o=T.optim.Adam([p],.1)\\nfor i in range(3): o.zero_grad(); (p**2).sum().backward(); o.step()\\nR=p,v
two parameters share | p,q=nn.Parameter(T.zeros(2)),nn.Parameter(T.ones(2)); p.data=q.data; o=T.optim.SGD([p,q],.1); (p*3+q).sum().backward(); o.step(); R=p,q
two modules share | a,b=nn.Linear(2,2),nn.Linear(2,2); b.weight.data=a.weight.data; a.weight.data.fill_(.5); R=b.weight,b(T.ones(1,2))
tied by data, trained | a,b=nn.Linear(2,2,bias=False),nn.Linear(2,2,bias=False); b.weight.data=a.weight.data; o=T.optim.SGD(a.parameters(),.1)\\nfor i in range(3): o.zero_grad(); b(a(T.ones(1,2))).sum().backward(); o.step()\\nR=a.weight,b.weight,b.weight.grad
data of a view | v=T.arange(6.).view(2,3); x=T.zeros(3); x.data=v[0]; x.fill_(8.); R=v,x; v[0,1]=-1.; R=R,x
data of a transpose | v=T.arange(6.).view(2,3); x=T.zeros(3,2); x.data=v.t(); x[0,1]=9.; R=v,x,x.stride(),x.is_contiguous()
data of another shape | x=T.zeros(3); v=T.ones(2,2); x.data=v; v[0,0]=5.; R=x,x.shape
data of another dtype | x=T.zeros(3); v=t([1,2,3]); x.data=v; R=x; v[0]=9; R=R,x
data of itself | x=t([1.,2.]); x.data=x.data; x.data[0]=5.; R=x
data of its own product | x=t([1.,2.]); x.data=x.data*2; R=x
data of what requires grad | v=t([1.,2.],requires_grad=True); x=T.zeros(2); x.data=v; R=x,x.requires_grad,x.is_leaf; v.data[0]=4.; R=R,x
data keeps requires_grad | x=T.zeros(2,requires_grad=True); x.data=T.ones(2); R=x.requires_grad,x; (x**2).sum().backward(); R=R,x.grad
data keeps the gradient | x=T.zeros(2,requires_grad=True); (x*2).sum().backward(); x.data=T.ones(2); R=x.grad,x
old views keep the old | x=T.zeros(3); y=x[:2]; x.data=T.ones(3); R=x,y; x[0]=5.; R=R,y; y[1]=8.; R=R,x,y
old data keeps the old | x=T.zeros(3); d=x.data; x.data=T.ones(3); d.fill_(4.); R=x,d
old detached keeps the old | x=T.zeros(3); d=x.detach(); x.data=T.ones(3); x.fill_(2.); R=x,d
new views see the new | x=T.zeros(3); v=T.ones(3); x.data=v; y=x[1:]; y.fill_(3.); R=x,v
chain of three | a,b,c=T.zeros(2),T.zeros(2),t([1.,2.]); b.data=c; a.data=b; a[0]=5.; R=a,b,c
let go again | x=T.zeros(2); v=t([1.,2.]); x.data=v; x.data=T.ones(2); v.fill_(7.); R=x,v; x.fill_(3.); R=R,v
exchanged | a,b=t([1.,2.]),t([3.,4.]); a.data,b.data=b.data,a.data; R=a,b; a[0]=9.; R=R,a,b
exchanged by a third | a,b=t([1.,2.]),t([3.,4.]); c=a.data; a.data=b.data; b.data=c; a[0]=9.; b[1]=8.; R=a,b,c
numpy of data | x=T.zeros(2); v=t([1.,2.]); x.data=v; n=v.numpy(); n[0]=5.; R=x,v; x.fill_(1.); R=R,n.tolist()
data from numpy | n=np.array([1.,2.],dtype=np.float32); x=T.zeros(2); x.data=T.from_numpy(n); n[0]=5.; R=x; x[1]=8.; R=R,n.tolist()
memory is the same | x=T.zeros(2); v=t([1.,2.]); x.data=v; R=x.data_ptr()==v.data_ptr(),x is v
no base | x=T.zeros(2); v=t([1.,2.]); x.data=v; R=x._base,x._is_view()
grad after data | x=t([1.,2.],requires_grad=True); y=(x**2).sum(); y.backward(); x.data=x.data-.1*x.grad; R=x; x.grad=None; (x**3).sum().backward(); R=R,x.grad
descent by data | x=t([1.,2.],requires_grad=True)\\nfor i in range(4):\\n l=(x**2).sum(); l.backward(); x.data=x.data-.1*x.grad; x.grad.zero_()\\nR=x
descent by data, minus | w=t([1.,2.],requires_grad=True)\\nfor i in range(4):\\n l=(w**2).sum(); l.backward(); w.data-=.1*w.grad.data; w.grad.data.zero_()\\nR=w
polyak | m,g=nn.Linear(2,1),nn.Linear(2,1); g.load_state_dict(m.state_dict())\\nfor a,b in zip(g.parameters(),m.parameters()): a.data.copy_(.9*a.data+.1*b.data*2)\\nR=list(g.parameters()),list(m.parameters())
polyak by data | m,g=nn.Linear(2,1),nn.Linear(2,1)\\nfor a,b in zip(g.parameters(),m.parameters()): a.data=.9*a.data+.1*b.data\\nR=list(g.parameters())
target shares by mistake | m,g=nn.Linear(2,1),nn.Linear(2,1)\\nfor a,b in zip(g.parameters(),m.parameters()): a.data=b.data\\no=T.optim.SGD(m.parameters(),.1); (m(T.ones(1,2))**2).sum().backward(); o.step(); R=[T.equal(a,b) for a,b in zip(g.parameters(),m.parameters())],g(T.ones(1,2))
clipped | w=t([1.,-5.],requires_grad=True); w.data=w.data.clamp(-1,1); R=w
buffer's data | m=nn.BatchNorm1d(2); v=T.ones(2)*3; m.running_mean.data=v; m(T.ones(4,2)); R=m.running_mean,v
state_dict sees data | m=nn.Linear(1,1); d=m.state_dict(); v=t([[5.]]); m.weight.data=v; R=d['weight'],m.state_dict()['weight']; v.fill_(2.); R=R,m.state_dict()['weight']
compiled after data | m=nn.Linear(2,1); v=T.ones(1,2); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(); l=(m(x)**2).mean(); l.backward(); o.step(); return l\\ns=compiled(s); x=T.ones(3,2); s(x); m.weight.data=v; R=[s(x),s(x),v,m.weight]; v.fill_(.3); R=R,s(x),s(x),v,m.weight
compiled, data shared by two | m,g=nn.Linear(2,1,bias=False),nn.Linear(2,1,bias=False); g.weight.data=m.weight.data; o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(); l=((m(x)+g(x))**2).mean(); l.backward(); o.step(); return l,g(x)\\ns=compiled(s); x=T.ones(3,2); R=[s(x) for i in range(4)],m.weight,g.weight
compiled, Adam, data shared by two | m,g=nn.Linear(2,1,bias=False),nn.Linear(2,1,bias=False); g.weight.data=m.weight.data; o=T.optim.Adam([*m.parameters(),*g.parameters()],.1)\\ndef s(x):\\n o.zero_grad(); l=((m(x)+2*g(x))**2).mean(); l.backward(); o.step(); return l,g(x)\\ns=compiled(s); x=T.ones(3,2); R=[s(x) for i in range(4)],m.weight,g.weight
compiled, data set in it | w=nn.Parameter(t([1.,2.]))\\ndef s(x):\\n l=(w*x).sum(); g,=T.autograd.grad(l,[w]); w.data=w.data-.1*g; return l\\ns=compiled(s); R=[s(T.ones(2)*k) for k in (1,2,3)],w
compiled, data set to an argument | w=nn.Parameter(t([1.,2.]))\\ndef s(x):\\n w.data=x; return (w**2).sum()\\ns=compiled(s); a=t([1.,3.]); R=s(a),s(a); a.fill_(2.); R=R,w,s(a); b=t([0.,1.]); R=R,s(b),w,a
compiled, argument that shares | w=nn.Parameter(t([1.,2.])); v=t([3.,4.]); w.data=v; o=T.optim.SGD([w],.1)\\ndef s(x):\\n o.zero_grad(); l=(w*x).sum(); l.backward(); o.step(); return l,(x*2).sum()\\ns=compiled(s); R=[s(v) for i in range(3)],w,v
data given under no_grad | x=T.zeros(2,requires_grad=True)\\nwith T.no_grad(): x.data=T.ones(2)\\nR=x,x.requires_grad
data of a recorded tensor | x=t([1.,2.],requires_grad=True); y=x*2; y.data=t([5.,6.]); R=y,y.requires_grad; y.sum().backward(); R=R,x.grad
data of a recorded tensor that is read | x=t([1.,2.],requires_grad=True); y=x.exp(); y.data=t([5.,6.]); z=(y*2).sum(); R=z
data given a number | x=T.zeros(2); x.data=3.
data given a list | x=T.zeros(2); x.data=[1.,2.]
integer data for a leaf | x=T.zeros(2,requires_grad=True); x.data=t([1,2])
copied later | x=T.zeros(2); v=t([1.,2.]); x.data=v; c=copy.deepcopy(x); v.fill_(5.); R=c,x
deep copies share no more | x=T.zeros(2); v=t([1.,2.]); x.data=v; a,b=copy.deepcopy([x,v]); b.fill_(9.); R=a,b,x,v
deep copies of views | x=T.arange(4.); a,b=copy.deepcopy([x,x[1:3]]); a.fill_(7.); R=a,b,x; b[0]=1.; R=R,a,b
deep copies of a detached one | x=T.arange(4.); a,b=copy.deepcopy({'x':x,'d':x.detach()}).values(); b.zero_(); R=a,b,x
deep copy of a view alone | x=T.arange(4.); a=copy.deepcopy(x[1:3]); a.zero_(); R=a,x,a.shape; x.fill_(3.); R=R,a
deep copy of a tied model | m,g=nn.Linear(2,1),nn.Linear(2,1); g.weight.data=m.weight.data; s=copy.deepcopy(nn.Sequential(m,g)); s[0].weight.data.fill_(5.); R=s[1].weight,m.weight
versions | x=T.ones(3); R=[x._version]; x.zero_(); x[0]=1; x+=1; x[1:].fill_(2); R=R,x._version,x[1:]._version,x.detach()._version,x.clone()._version
bases | x=T.ones(2,3); R=x._base is None,x[1:]._base is x,x[1:][:,1]._base is x,x.T._base is x,x.detach()._base is None,x._is_view(),x.view(6)._is_view(),x.clone()._is_view()
hooks stay | x=T.zeros(2,requires_grad=True); R=[]; x.register_hook(lambda g: R.append(g.clone())); x.data=T.ones(2); (x**2).sum().backward()
view before requires_grad_ | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); R=y.requires_grad,y.is_leaf; z=(x**2).sum(); z.backward(); R=R,x.grad,y
view before requires_grad_, written | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); y.mul_(5); R=x,y,x.requires_grad,x.is_leaf,x.grad_fn is None
view before requires_grad_, used | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); R=(y*2).sum().requires_grad; l=(y*2).sum()+(x**2).sum(); l.backward(); R=R,x.grad
view before requires_grad_, used after a change | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_()\\nwith T.no_grad(): x.mul_(2)\\nR=y,y.requires_grad; l=(y*2).sum()+(x**2).sum(); l.backward(); R=R,x.grad
view before requires_grad_, optimizer | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); o=T.optim.SGD([x],.1); (x**2).sum().backward(); o.step(); R=x,y,y.requires_grad; y.zero_(); R=R,x
view before requires_grad_, read after optimizer | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); o=T.optim.SGD([x],.1); (x**2).sum().backward(); o.step(); l=(y*x[1:]).sum(); x.grad=None; l.backward(); R=x.grad
view requires itself | x=t([1.,2.,3.]); y=x[:2]; y.requires_grad_(); R=y.requires_grad,x.requires_grad,y.is_leaf; (y**2).sum().backward(); R=R,y.grad,x.grad
view requires itself, base written | x=t([1.,2.,3.]); y=x[:2]; y.requires_grad_(); x.mul_(2); R=x,y,y.requires_grad,y.is_leaf
view requires itself, base written, gradient | x=t([1.,2.,3.]); y=x[:2]; y.requires_grad_(); x.fill_(2.); (y**3).sum().backward(); R=y.grad,y
both require | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); y.requires_grad_(); (y**2).sum().backward(); R=y.grad,x.grad
slices of rows, then a parameter | w=T.arange(6.).view(2,3); r=w[0]; p=nn.Parameter(w); r.fill_(9.); R=p,w,r; (p**2).sum().backward(); R=R,p.grad,r.requires_grad
flat buffer of parameters | f=T.zeros(6); a=nn.Parameter(f[:2]); b=nn.Parameter(f[2:].view(2,2)); f.fill_(.5); R=a,b; (a.sum()*b.sum()).backward(); o=T.optim.SGD([a,b],.1); o.step(); R=R,f,a.grad,b.grad
flat buffer of parameters' data | m=nn.Linear(2,1); f=T.zeros(3); m.weight.data=f[:2].view(1,2); m.bias.data=f[2:]; f.copy_(T.arange(3.)); R=m.weight,m.bias,m(T.ones(1,2)); o=T.optim.SGD(m.parameters(),.1); m(T.ones(1,2)).sum().backward(); o.step(); R=R,f
view off again | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); x.requires_grad_(False); y.add_(1); R=x,y
view twice | x=T.arange(6.).view(2,3); y=x[0]; x.requires_grad_(); z=y[1:]; R=z.requires_grad; z.fill_(7.); R=R,x,y
base of a view before | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); R=y._base is x,y._is_view(),y.grad_fn is None
detached before | x=t([1.,2.,3.]); y=x.detach(); x.requires_grad_(); y.mul_(2); R=x,y,y.requires_grad; (x**2).sum().backward(); R=R,x.grad
expanded before | x=t([1.,2.]); y=x.expand(2,2); x.requires_grad_(); R=y,y.requires_grad; (y*2).sum()
compiled, view before | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); o=T.optim.SGD([x],.1)\\ndef s(k):\\n o.zero_grad(); l=(x**2).sum()*k; l.backward(); o.step(); return l,y.sum()\\ns=compiled(s); R=[s(t(1.)) for i in range(3)],x,y
compiled, view before, used | x=t([1.,2.,3.]); y=x[:2]; x.requires_grad_(); o=T.optim.SGD([x],.1)\\ndef s(k):\\n o.zero_grad(); l=(x**2).sum()*k+(y*3).sum(); l.backward(); o.step(); return l,y.sum()\\ns=compiled(s); R=[s(t(1.)) for i in range(3)],x,y
""")

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
